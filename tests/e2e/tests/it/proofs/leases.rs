//! Leases whose service is killed at each step, and many of them under kills at any moment.

use std::str::FromStr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use tokio::task::JoinSet;

use super::bank::{Bank, Person};
use super::storm::{Replicas, dice, is_soak};
use super::wire::{Side, Then, Trap};
use Side::{After, Before};

const SERVICE: &str = "core-user-service";

async fn acquire(who: &Person, base: &str, database: &str, key: Option<&str>) -> Option<(u16, Value)> {
    let body = json!({"service_name": SERVICE, "database_type": database, "operation_type": "write"});
    let answer = who.request(Method::POST, format!("{base}/api/v1/connections/acquire"), key, Some(&body)).await?;
    Some((answer.0, answer.2))
}

async fn release(who: &Person, base: &str, lease: &Value) -> Option<(u16, Value)> {
    let body = json!({"connection_id": lease["connection_id"], "service_name": SERVICE});
    let answer = who.request(Method::POST, format!("{base}/api/v1/connections/release"), None, Some(&body)).await?;
    Some((answer.0, answer.2))
}

async fn signs_in(lease: &Value) -> bool {
    let url = lease["database_url"].as_str().unwrap();
    if url.starts_with("redis") {
        return ::redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.is_ok();
    }
    PgConnectOptions::from_str(url).unwrap().connect().await.is_ok()
}

/// What is to be found of leases: logins of PostgreSQL, unfinished rows, the budget, logins without a row.
async fn found(bank: &mut Bank) -> [i64; 4] {
    let mut numbers = [0; 4];
    for (number, sql) in numbers.iter_mut().zip([
        "SELECT count(*) FROM pg_roles WHERE starts_with(rolname::text, dataservice.group_role('lease_'))",
        "SELECT count(*) FROM dataservice.leases WHERE state IN ('granting', 'active', 'revoking')",
        "SELECT sum(used)::bigint FROM dataservice.lease_budget",
        "SELECT count(*) FROM dataservice.stray_logins()",
    ]) {
        *number = bank.number(sql).await;
    }
    numbers
}

/// The traces that roles leave in the catalogues all databases share, as far as they are this database's: dependencies, memberships and
/// settings; and those of roles that are gone, anybody's.
async fn traces(bank: &mut Bank) -> [i64; 4] {
    let mut numbers = [0; 4];
    for (number, sql) in numbers.iter_mut().zip([
        "SELECT count(*) FROM pg_shdepend WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
        "SELECT count(*) FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = m.roleid WHERE starts_with(r.rolname::text, dataservice.group_role(''))",
        "SELECT count(*) FROM pg_auth_members WHERE NOT EXISTS (SELECT FROM pg_roles WHERE oid = member)",
        "SELECT count(*) FROM pg_db_role_setting WHERE setrole <> 0 AND NOT EXISTS (SELECT FROM pg_roles WHERE oid = setrole)",
    ]) {
        *number = bank.number(sql).await;
    }
    numbers
}

/// The sweepers of the processes end everything that has come to its end.
async fn swept(bank: &mut Bank) {
    let ended = async {
        while bank.number("SELECT count(*) FROM dataservice.leases WHERE state IN ('granting', 'active', 'revoking')").await > 0 {
            bank.run(
                "UPDATE dataservice.leases SET next_attempt_at = NULL, expires_at = least(expires_at, now()) WHERE state <> 'released'",
            )
            .await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ended).await.expect("a lease is never ended");
}

async fn users_of_redis(bank: &mut Bank) -> Vec<String> {
    let prefix = bank.texts("SELECT dataservice.group_role('lease_')").await.remove(0);
    let url = std::env::var("TEST_REDIS_URL").unwrap();
    let mut redis = ::redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap();
    let users: Vec<String> = ::redis::cmd("ACL").arg("USERS").query_async(&mut redis).await.unwrap();
    users.into_iter().filter(|user| user.starts_with(&prefix)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_each_step_of_a_lease_it_is_there_whole_or_not_at_all_and_it_ends() {
    let Some(mut bank) = Bank::open().await else { return };
    let mut other = bank.replica().await;
    let administrator = bank.administrator(&other).await;
    let person = bank.person(&mut other, &administrator, "user@example.com").await;
    let before = traces(&mut bank).await;
    let mut victim = bank.victim().await;

    // L1 and L2: before the commit and behind it; and for Redis between the row, the login and the row again.
    for (number, (database, of_redis, statement, side)) in [
        ("postgresql", false, "dataservice.grant_lease", Before),
        ("postgresql", false, "dataservice.grant_lease", After),
        ("redis", false, "dataservice.grant_lease", After),
        ("redis", true, "ACL SETUSER", Before),
        ("redis", false, "SET state = 'active'", Before),
        ("redis", false, "SET state = 'active'", After),
    ]
    .into_iter()
    .enumerate()
    {
        let step = format!("{database}: {side:?} {statement}");
        let key = format!("lease-{number}");
        let wire = if of_redis { &bank.redis } else { &bank.postgres };
        wire.arm(Trap::at(statement, side, Then::Freeze));
        let asked = tokio::spawn({
            let (person, base, key) = (person.clone(), victim.base.clone(), key.clone());
            async move { acquire(&person, &base, database, Some(&key)).await }
        });
        wire.reached(&step).await;
        victim.process.kill();
        assert_eq!(asked.await.unwrap(), None, "{step}");
        let granted = i64::from(side == After || database == "redis");
        let roles = if database == "redis" { 0 } else { granted };
        assert_eq!(found(&mut bank).await, [roles, granted, granted, 0], "{step}");
        let (status, lease) = acquire(&person, &other.base, database, Some(&key)).await.unwrap();
        assert_eq!(status, 200, "{step}: {lease}");
        assert_eq!(found(&mut bank).await[1], 1, "{step}: the same lease");
        assert!(signs_in(&lease).await, "{step}");
        assert_eq!(release(&person, &other.base, &lease).await.unwrap().0, 200, "{step}");
        assert!(!signs_in(&lease).await, "{step}");
        assert_eq!(found(&mut bank).await, [0; 4], "{step}");
        victim = bank.victim().await;
    }

    // L3 and L4: closed, its login removed, its row not ended.
    for (database, statement, side) in [
        ("postgresql", "dataservice.close_lease", Before),
        ("postgresql", "dataservice.close_lease", After),
        ("postgresql", "dataservice.end_lease", Before),
        ("postgresql", "dataservice.end_lease", After),
        ("redis", "dataservice.close_lease", After),
        ("redis", "dataservice.end_lease", Before),
    ] {
        let step = format!("{database}: {side:?} {statement}");
        let (status, lease) = acquire(&person, &victim.base, database, None).await.unwrap();
        assert_eq!(status, 200, "{step}: {lease}");
        bank.postgres.arm(Trap::at(statement, side, Then::Freeze));
        let asked = tokio::spawn({
            let (person, base, lease) = (person.clone(), victim.base.clone(), lease.clone());
            async move { release(&person, &base, &lease).await }
        });
        bank.postgres.reached(&step).await;
        victim.process.kill();
        assert_eq!(asked.await.unwrap(), None, "{step}");
        if (statement, side, database) != ("dataservice.close_lease", Before, "postgresql") && database == "postgresql" {
            assert!(!signs_in(&lease).await, "{step}: nobody signs in any more");
        }
        bank.run("UPDATE dataservice.leases SET next_attempt_at = NULL").await;
        let (status, released) = release(&person, &other.base, &lease).await.unwrap();
        assert_eq!((status, &released["status"]), (200, &json!("released")), "{step}: {released}");
        assert_eq!(release(&person, &other.base, &lease).await.unwrap().1, released, "{step}");
        assert!(!signs_in(&lease).await, "{step}");
        assert_eq!(found(&mut bank).await, [0; 4], "{step}");
        victim = bank.victim().await;
    }

    // L5: the store of the lease is away.
    let (status, lease) = acquire(&person, &victim.base, "redis", None).await.unwrap();
    assert_eq!(status, 200, "{lease}");
    other.process.kill();
    bank.redis.set_away(true);
    let (status, refused) = release(&person, &victim.base, &lease).await.unwrap();
    assert_eq!((status, &refused["error"]["code"]), (503, &json!("DATABASE_UNAVAILABLE")), "{refused}");
    assert_eq!(bank.number("SELECT count(*) FROM dataservice.leases WHERE state = 'revoking'").await, 1);
    bank.redis.set_away(false);
    swept(&mut bank).await;
    assert_eq!(release(&person, &victim.base, &lease).await.unwrap().0, 200);

    assert_eq!(found(&mut bank).await, [0; 4]);
    assert_eq!(traces(&mut bank).await, before);
    assert_eq!(users_of_redis(&mut bank).await, Vec::<String>::new());
    drop(victim);
    bank.close().await;
}

/// So many leases; every fifth is left to its end.
async fn client(who: Person, replicas: Replicas, number: u64, leases: u64) -> u64 {
    let mut granted = 0;
    for turn in 0..leases {
        let roll = dice(number * 100_000 + turn);
        let base = replicas.read().unwrap()[usize::try_from(roll % 2).unwrap()].clone();
        let database = if roll >> 8 & 3 == 0 { "redis" } else { "postgresql" };
        let lease = match acquire(&who, &base, database, None).await {
            Some((200, lease)) => lease,
            Some((429 | 503, _)) => {
                tokio::time::sleep(Duration::from_millis(roll >> 16 & 255)).await;
                continue;
            }
            Some((504, _)) => continue,
            Some(wrong) => panic!("{wrong:?}"),
            None => {
                tokio::time::sleep(Duration::from_millis(roll >> 16 & 127)).await;
                continue;
            }
        };
        granted += 1;
        if turn % 5 != 4
            && let Some((status, body)) = release(&who, &base, &lease).await
        {
            assert!(matches!(status, 200 | 429 | 503 | 504), "{body}");
        }
    }
    granted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_leases_under_kills_leave_no_login_without_a_row_and_none_behind() {
    let (clients, rounds, leases) = if is_soak() { (50, 20, 10) } else { (10, 5, 10) };
    let Some(mut bank) = Bank::open().await else { return };
    let mut apis = [bank.replica().await, bank.replica().await];
    let administrator = bank.administrator(&apis[0]).await;
    let mut people = Vec::new();
    for number in 0..clients {
        people.push(bank.person(&mut apis[0], &administrator, &format!("client{number}@example.com")).await);
    }
    let before = traces(&mut bank).await;
    let replicas: Replicas = Arc::new(RwLock::new([apis[0].base.clone(), apis[1].base.clone()]));
    let mut granted = 0;
    for round in 0..rounds {
        let mut working = JoinSet::new();
        for (number, person) in (0..).zip(&people) {
            working.spawn(client(person.clone(), replicas.clone(), round * 1000 + number, leases));
        }
        let dies = usize::try_from(round % 2).unwrap();
        tokio::time::sleep(Duration::from_millis(100 + dice(round) % 400)).await;
        apis[dies].process.kill();
        // At this very moment, too: row and login are one commit.
        assert_eq!(found(&mut bank).await[3], 0, "logins without a row");
        apis[dies] = bank.replica().await;
        replicas.write().unwrap()[dies].clone_from(&apis[dies].base);
        while let Some(done) = working.join_next().await {
            granted += done.unwrap();
        }
        assert_eq!(found(&mut bank).await[3], 0, "logins without a row");
        // Those that were left come to their end.
        swept(&mut bank).await;
        assert_eq!(found(&mut bank).await, [0; 4], "round {round}");
    }
    assert!(granted * 2 > clients * rounds * leases, "few were granted at all: {granted}");
    assert_eq!(traces(&mut bank).await, before, "the catalogue is as it was");
    assert_eq!(users_of_redis(&mut bank).await, Vec::<String>::new());
    drop(apis);
    bank.close().await;
}
