//! What is found after a process was killed at each step, and what becomes of it.

use atelier_domain::dataservice::Tier;
use atelier_domain::dataservice::leases::{LeaseSettings, LeaseState, LeaseStore};
use sqlx::{AssertSqlSafe, ConnectOptions};

use super::world::{
    SERVERS, SERVICE, assert_nothing_left, assert_sound, client, forget_claims, logins, now, options, request, row, tenant, world,
};
use crate::database::{ALICE, with_database};

#[tokio::test]
async fn killed_before_the_commit_there_is_neither_row_nor_login() {
    for server in SERVERS {
        with_database(server, async |database| {
            let mut transaction = database.direct.begin().await.unwrap();
            let granted: String = sqlx::query_scalar(
                "SELECT granted FROM dataservice.grant_lease(jsonb_build_object('id', 'conn_1', 'account_id', 'a', 'owner', gen_random_uuid(),
                     'tier', 'user', 'service_name', 's', 'database_type', 'postgresql', 'operation_type', 'read', 'login', 'x',
                     'acquired_at', now(), 'expires_at', now(), 'ends_at', now()), 'x', 1000, 2, 20)",
            )
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
            let there: bool = sqlx::query_scalar("SELECT dataservice.has_login($1)").bind(&granted).fetch_one(&mut *transaction).await.unwrap();
            assert!(there);
            transaction.rollback().await.unwrap();
            assert_nothing_left(database).await;
        })
        .await;
    }
}

#[tokio::test]
async fn killed_after_the_commit_the_same_key_gives_the_same_lease_to_the_next_process() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let alice = tenant(ALICE, Tier::User, 1);
        for (store, key) in [("postgresql", "k"), ("redis", "l")] {
            let lost = world(database, LeaseSettings::default()).leases.acquire(&alice, &request(store, "read"), Some(key)).await.unwrap();
            // Redis: between row and login, too.
            sqlx::query("UPDATE dataservice.leases SET state = 'granting' WHERE database_type = 'redis'")
                .execute(&database.direct)
                .await
                .unwrap();
            let next = world(database, LeaseSettings::default());
            let again = next.leases.acquire(&alice, &request(store, "read"), Some(key)).await.unwrap();
            assert_eq!(again.connection_id, lost.connection_id);
            assert_eq!(row(&next, &again).await.state, LeaseState::Active);
            next.release(&alice, &again).await;
        }
        assert_nothing_left(database).await;
    })
    .await;
}

#[tokio::test]
async fn killed_while_releasing_the_login_is_off_and_the_sweeper_finishes() {
    for server in SERVERS {
        with_database(server, async |database| {
            let world = world(database, LeaseSettings::default());
            let alice = tenant(ALICE, Tier::User, 1);
            let acquired = world.acquire(&alice, "read").await;
            let mut session = client(&acquired).await;
            let mut lease = row(&world, &acquired).await;
            lease.release(now()).unwrap();
            assert!(world.store.close(&lease, now()).await.unwrap());
            assert!(!world.store.close(&lease, now()).await.unwrap(), "once");
            let refused = options(&acquired).connect().await.unwrap_err();
            assert!(refused.as_database_error().unwrap().code().unwrap().starts_with("28"), "{refused}");
            let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(&mut session).await.unwrap();
            assert_eq!(seen, 0, "the open session sees nothing");
            assert_sound(database).await;
            assert_eq!(world.sweeper.sweep().await.unwrap().ended, 1);
            assert_eq!(row(&world, &acquired).await.state, LeaseState::Released);
            assert!(sqlx::query("SELECT 1").execute(&mut session).await.is_err());
            assert_nothing_left(database).await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_login_that_is_gone_already_is_no_obstacle_and_ending_twice_counts_once() {
    for server in SERVERS {
        with_database(server, async |database| {
            let world = world(database, LeaseSettings::default());
            let alice = tenant(ALICE, Tier::User, 1);
            let (acquired, other) = (world.acquire(&alice, "read").await, world.acquire(&alice, "read").await);
            let mut lease = row(&world, &acquired).await;
            lease.release(now()).unwrap();
            assert!(world.store.close(&lease, now()).await.unwrap());
            sqlx::query(AssertSqlSafe(format!("DROP ROLE \"{}\"", lease.login))).execute(&database.direct).await.unwrap();
            lease.finish().unwrap();
            for _ in 0..2 {
                world.store.end(&lease).await.unwrap();
            }
            assert_eq!(logins(database).await.len(), 1);
            assert_sound(database).await;
            world.release(&alice, &other).await;
            assert_nothing_left(database).await;
        })
        .await;
    }
}

#[tokio::test]
async fn at_the_start_logins_without_a_lease_go_and_those_with_one_stay() {
    for server in SERVERS {
        with_database(server, async |database| {
            let world = world(database, LeaseSettings::default());
            let alice = tenant(ALICE, Tier::User, 1);
            let (kept, stray) = (world.acquire(&alice, "read").await, world.acquire(&alice, "write").await);
            let mut session = client(&stray).await;
            sqlx::query("SELECT lo_create(0)").execute(&mut session).await.unwrap();
            // As an older backup of the database would leave them.
            sqlx::query("DELETE FROM dataservice.leases WHERE id = $1")
                .bind(stray.connection_id.as_str())
                .execute(&database.direct)
                .await
                .unwrap();
            sqlx::query("UPDATE dataservice.lease_budget SET used = 1 WHERE database_type = 'postgresql'")
                .execute(&database.direct)
                .await
                .unwrap();
            world.sweeper.tidy().await.unwrap();
            assert!(sqlx::query("SELECT 1").execute(&mut session).await.is_err());
            assert_eq!(logins(database).await, [row(&world, &kept).await.login]);
            assert_sound(database).await;
            world.release(&alice, &kept).await;
            sqlx::query("UPDATE dataservice.leases SET ended_at = now() - interval '8 days'").execute(&database.direct).await.unwrap();
            world.sweeper.tidy().await.unwrap();
            assert!(world.leases.release(&alice, kept.connection_id.as_str(), SERVICE).await.is_err(), "forgotten after a week");
            assert_nothing_left(database).await;
        })
        .await;
    }
}

#[tokio::test]
async fn hundreds_of_dead_leases_are_ended_in_one_sweep() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let world = world(database, LeaseSettings { max: 200, ..LeaseSettings::default() });
        for n in 0..4 {
            let admin = tenant(ALICE, Tier::Admin, n);
            for _ in 0..30 {
                world.acquire(&admin, "read").await;
            }
        }
        sqlx::query("UPDATE dataservice.leases SET expires_at = now() - interval '1 second'").execute(&database.direct).await.unwrap();
        forget_claims(database).await;
        assert_eq!(world.sweeper.sweep().await.unwrap().ended, 120);
        assert_nothing_left(database).await;
    })
    .await;
}
