//! A lease ends when it ends, whatever its holder does.

use std::sync::atomic::Ordering;
use std::time::Duration;

use atelier_domain::dataservice::leases::{LeaseSettings, LeaseState};
use atelier_domain::dataservice::{DataError, Tier};
use sqlx::{ConnectOptions, Connection};

use super::world::{
    SERVERS, SERVICE, assert_nothing_left, assert_sound, client, forget_claims, now, options, refused, request, row, run, tenant, until,
    world,
};
use crate::database::{ALICE, BOB, with_database};

async fn is_gone(session: &mut sqlx::PgConnection) -> bool {
    sqlx::query("SELECT 1").execute(session).await.is_err()
}

#[tokio::test]
async fn an_open_session_sees_no_rows_the_moment_its_lease_ends_and_is_ended_by_the_next_sweep() {
    for server in SERVERS {
        with_database(server, async |database| {
            sqlx::query("INSERT INTO projects (user_id, title) VALUES ($1, 'P')").bind(ALICE).execute(&database.direct).await.unwrap();
            let world = world(database, LeaseSettings { time_to_live: Duration::from_millis(1500), ..LeaseSettings::default() });
            let alice = tenant(ALICE, Tier::User, 1);
            let acquired = world.acquire(&alice, "write").await;
            let mut session = client(&acquired).await;
            let ask = "SELECT count(*) FROM projects";
            assert_eq!(sqlx::query_scalar::<_, i64>(ask).fetch_one(&mut session).await.unwrap(), 1);
            assert_eq!(world.sweeper.sweep().await.unwrap().ended, 0, "its time is not over");
            until("the lease's end", async || now() > acquired.expires_at).await;
            assert_eq!(sqlx::query_scalar::<_, i64>(ask).fetch_one(&mut session).await.unwrap(), 0);
            assert_eq!(refused(&mut session, &format!("INSERT INTO projects (user_id, title) VALUES ('{ALICE}', 'x')")).await, "42501");
            assert!(world.leases.renew(&alice, acquired.connection_id.as_str(), SERVICE, None).await.is_err(), "over is over");
            assert_eq!(world.sweeper.sweep().await.unwrap().ended, 1);
            assert!(is_gone(&mut session).await);
            let refused = options(&acquired).connect().await.unwrap_err();
            assert!(refused.as_database_error().unwrap().code().unwrap().starts_with("28"), "{refused}");
            assert_eq!(row(&world, &acquired).await.state, LeaseState::Expired);
            // The holder is told the same as if it had been in time, for as long as it asks.
            let released = world.leases.release(&alice, acquired.connection_id.as_str(), SERVICE).await.unwrap();
            assert_eq!(released.duration, Duration::from_millis(1500));
            assert_nothing_left(database).await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_holder_cannot_keep_its_lease_from_being_taken() {
    for server in SERVERS {
        with_database(server, async |database| {
            sqlx::query("INSERT INTO projects (user_id, title) VALUES ($1, 'P')").bind(ALICE).execute(&database.direct).await.unwrap();
            let world = world(database, LeaseSettings::default());
            let (alice, bob) = (tenant(ALICE, Tier::User, 1), tenant(BOB, Tier::User, 2));
            let (acquired, accomplice) = (world.acquire(&alice, "write").await, world.acquire(&bob, "write").await);
            let (login, others) = (row(&world, &acquired).await.login, row(&world, &accomplice).await.login);
            // Things of its own in another database of the server.
            let mut elsewhere = options(&acquired).database("postgres").connect().await.unwrap();
            run(&mut elsewhere, "SELECT lo_create(0); CREATE TEMPORARY TABLE t (x INT); CREATE INDEX ON t (x)").await;
            elsewhere.close().await.unwrap();
            // A login has one session at a time, and the server ends this one after it was left: its things are removed first.
            until("the server has ended the session", async || {
                let ask = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE usename = $1)";
                sqlx::query_scalar(ask).bind(&login).fetch_one(&database.direct).await.unwrap()
            })
            .await;
            let mut session = client(&acquired).await;
            for own in [
                "SELECT lo_create(4711)".to_owned(),
                format!("GRANT ALL ON LARGE OBJECT 4711 TO \"{others}\""),
                format!("ALTER ROLE \"{login}\" PASSWORD 'of my own'"),
                format!("ALTER ROLE \"{login}\" SET statement_timeout = 0"),
                format!("ALTER ROLE \"{login}\" SET idle_in_transaction_session_timeout = 0"),
                format!("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO \"{others}\""),
                "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0".to_owned(),
                "LISTEN everything; SELECT pg_advisory_lock(1)".to_owned(),
                "BEGIN; DECLARE kept CURSOR WITH HOLD FOR SELECT * FROM projects; COMMIT; PREPARE p AS SELECT 1".to_owned(),
                "BEGIN; UPDATE projects SET title = 'held'; SELECT lo_create(4712); DECLARE open CURSOR FOR SELECT * FROM projects"
                    .to_owned(),
            ] {
                run(&mut session, &own).await;
            }
            world.release(&alice, &acquired).await;
            assert!(is_gone(&mut session).await);
            let refused = options(&acquired).password("of my own").connect().await.unwrap_err();
            assert!(refused.as_database_error().unwrap().code().unwrap().starts_with("28"), "{refused}");
            let title: String = sqlx::query_scalar("SELECT title FROM projects").fetch_one(&database.direct).await.unwrap();
            assert_eq!(title, "P", "the open transaction was rolled back");
            let objects: i64 =
                sqlx::query_scalar("SELECT count(*) FROM pg_largeobject_metadata").fetch_one(&database.direct).await.unwrap();
            assert_eq!(objects, 0);
            world.release(&bob, &accomplice).await;
            assert_nothing_left(database).await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_session_in_a_statement_without_end_is_ended_too() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let world = world(database, LeaseSettings::default());
        let alice = tenant(ALICE, Tier::User, 1);
        let acquired = world.acquire(&alice, "read").await;
        let mut session = client(&acquired).await;
        let busy = tokio::spawn(async move {
            run(&mut session, "SET statement_timeout = 0; SELECT pg_advisory_lock(4711)").await;
            sqlx::raw_sql("SELECT pg_sleep(3600)").execute(&mut session).await
        });
        until("the session works", async || {
            let ask = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND granted)";
            sqlx::query_scalar(ask).fetch_one(&database.direct).await.unwrap()
        })
        .await;
        world.release(&alice, &acquired).await;
        assert!(busy.await.unwrap().is_err());
        assert_nothing_left(database).await;
    })
    .await;
}

#[tokio::test]
async fn while_redis_is_away_its_lease_is_closed_and_taken_back_when_it_answers_again() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let world = world(database, LeaseSettings::default());
        let alice = tenant(ALICE, Tier::Admin, 1);
        let mut acquired = Vec::new();
        for _ in 0..5 {
            acquired.push(world.leases.acquire(&alice, &request("redis", "write"), None).await.unwrap());
        }
        let id = acquired[0].connection_id.as_str();
        world.redis.away.store(true, Ordering::SeqCst);
        for _ in 0..2 {
            let error = world.leases.release(&alice, id, SERVICE).await.unwrap_err();
            assert!(matches!(error, DataError::Unavailable { .. }), "{error}");
            assert_eq!(row(&world, &acquired[0]).await.state, LeaseState::Revoking);
        }
        assert_sound(database).await;
        // All of them die, and one attempt tells that none can be taken back now.
        sqlx::query("UPDATE dataservice.leases SET expires_at = now() - interval '1 second', next_attempt_at = NULL")
            .execute(&database.direct)
            .await
            .unwrap();
        let asked = world.redis.asked.load(Ordering::SeqCst);
        assert_eq!(world.sweeper.sweep().await.unwrap().failed, 5);
        assert_eq!(world.redis.asked.load(Ordering::SeqCst), asked + 1);
        assert_eq!(world.sweeper.sweep().await.unwrap().failed, 0, "it waits a second or more before it tries again");
        assert_eq!(row(&world, &acquired[4]).await.state, LeaseState::Revoking);
        world.redis.away.store(false, Ordering::SeqCst);
        forget_claims(database).await;
        assert_eq!(world.sweeper.sweep().await.unwrap().ended, 5);
        let again = world.leases.release(&alice, id, SERVICE).await.unwrap();
        assert_eq!(world.leases.release(&alice, id, SERVICE).await.unwrap(), again);
        assert_eq!(row(&world, &acquired[0]).await.state, LeaseState::Released);
        assert_eq!(row(&world, &acquired[4]).await.state, LeaseState::Expired);
        assert_nothing_left(database).await;
    })
    .await;
}

#[tokio::test]
async fn who_locks_a_whole_table_loses_the_lease_to_the_next_sweep() {
    for server in SERVERS {
        with_database(server, async |database| {
            let world = world(database, LeaseSettings::default());
            let (alice, bob) = (tenant(ALICE, Tier::User, 1), tenant(BOB, Tier::User, 2));
            let (acquired, other) = (world.acquire(&alice, "write").await, world.acquire(&bob, "write").await);
            let (mut session, mut orderly) = (client(&acquired).await, client(&other).await);
            run(&mut orderly, &format!("BEGIN; INSERT INTO user_preferences (user_id, preferences) VALUES ('{BOB}', '{{}}')")).await;
            run(&mut session, "SET idle_in_transaction_session_timeout = 0; BEGIN; LOCK TABLE projects IN ACCESS EXCLUSIVE MODE").await;
            assert_eq!(world.sweeper.sweep().await.unwrap().ended, 1);
            assert!(is_gone(&mut session).await);
            run(&mut orderly, "COMMIT; SELECT count(*) FROM projects").await;
            assert_eq!(row(&world, &acquired).await.state, LeaseState::Released);
            world.release(&bob, &other).await;
            assert_nothing_left(database).await;
        })
        .await;
    }
}
