//! Quotas, keys, holders, and the line in front of a full store.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::dataservice::leases::LeaseSettings;
use atelier_domain::dataservice::{DataError, Database, Tier};
use atelier_domain::kernel::{Coded, ExposeSecret};

use super::world::{SERVICE, assert_nothing_left, assert_sound, client, now, request, row, tenant, until, world};
use crate::database::{ALICE, BOB, with_database};

fn code(error: &DataError) -> &'static str {
    error.code()
}

#[tokio::test]
async fn a_key_gives_the_same_lease_while_it_lives_and_none_for_another_request() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let world = world(database, LeaseSettings::default());
        let (alice, bob) = (tenant(ALICE, Tier::User, 1), tenant(BOB, Tier::User, 2));
        let read = request("postgresql", "read");
        let first = world.leases.acquire(&alice, &read, Some("k")).await.unwrap();
        let again = world.leases.acquire(&alice, &read, Some("k")).await.unwrap();
        assert_eq!(again.connection_id, first.connection_id);
        assert_eq!(again.database_url.expose_secret(), first.database_url.expose_secret());
        assert!(again.replayed && !first.replayed);
        assert!(first.connection_id.as_str().len() >= "conn_".len() + 22, "128 random bits and more");
        assert_eq!(again.pool_stats.active, 1);
        drop(client(&again).await);
        let other = world.leases.acquire(&alice, &request("postgresql", "write"), Some("k")).await.unwrap_err();
        assert_eq!(code(&other), "IDEMPOTENCY_KEY_REUSED");
        let bobs = world.leases.acquire(&bob, &read, Some("k")).await.unwrap();
        assert_ne!(bobs.connection_id, first.connection_id);
        world.release(&alice, &first).await;
        let next = world.leases.acquire(&alice, &request("postgresql", "write"), Some("k")).await.unwrap();
        assert!(!next.replayed);
        // Many at once with one key get one lease.
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (leases, read) = (world.leases.clone(), read.clone());
            tasks.spawn(async move { leases.acquire(&alice, &read, Some("at once")).await.unwrap().connection_id });
        }
        let ids = tasks.join_all().await;
        assert!(ids.iter().all(|id| *id == ids[0]));
        world.release(&alice, &next).await;
        world.release(&bob, &bobs).await;
        world.leases.release(&alice, ids[0].as_str(), SERVICE).await.unwrap();
        assert_nothing_left(database).await;
    })
    .await;
}

#[tokio::test]
async fn a_role_has_its_number_of_leases_over_all_stores_however_many_ask_at_once() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let world = world(database, LeaseSettings::default());
        let alice = tenant(ALICE, Tier::User, 1);
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..8 {
            let leases = world.leases.clone();
            tasks.spawn(async move {
                let database = if n % 2 == 0 { "postgresql" } else { "redis" };
                leases.acquire(&alice, &request(database, "read"), None).await
            });
        }
        let (granted, refused): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(Result::is_ok);
        assert_eq!(granted.len(), 2);
        for error in refused.into_iter().map(Result::unwrap_err) {
            assert_eq!(code(&error), "LEASE_QUOTA_EXCEEDED");
            assert!((290..=300).contains(&error.retry_after_seconds().unwrap()), "when the first of them ends");
        }
        for lease in granted.into_iter().map(Result::unwrap) {
            world.release(&alice, &lease).await;
        }
        assert_nothing_left(database).await;
    })
    .await;
}

#[tokio::test]
async fn of_many_who_want_the_last_places_exactly_as_many_get_one() {
    for server in super::world::SERVERS {
        with_database(server, async |database| {
            let settings = LeaseSettings { max: 5, wait: Duration::ZERO, ..LeaseSettings::default() };
            // Two processes of the service.
            let (one, two) = (world(database, settings.clone()), world(database, settings));
            let mut tasks = tokio::task::JoinSet::new();
            for n in 0..24 {
                let leases = if n % 2 == 0 { one.leases.clone() } else { two.leases.clone() };
                let who = tenant(ALICE, Tier::User, n);
                tasks.spawn(async move { (who, leases.acquire(&who, &request("postgresql", "read"), None).await) });
            }
            let (granted, refused): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(|(_, result)| result.is_ok());
            assert_eq!(granted.len(), 5);
            for (_, error) in refused {
                let error = error.unwrap_err();
                assert!(matches!(error, DataError::Exhausted { database: Database::PostgreSql, .. }), "{error:?}");
            }
            let stats = two.leases.stats(Database::PostgreSql).await.unwrap();
            assert_eq!((stats.active, stats.idle, stats.waiting), (5, 0, 0));
            assert_sound(database).await;
            for (who, lease) in granted {
                one.release(&who, &lease.unwrap()).await;
            }
            assert_nothing_left(database).await;
        })
        .await;
    }
}

#[tokio::test]
async fn who_waits_is_counted_and_served_in_turn() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let settings = LeaseSettings { max: 1, wait: Duration::from_secs(60), ..LeaseSettings::default() };
        let world = world(database, settings);
        let holder = tenant(ALICE, Tier::User, 1);
        let held = world.acquire(&holder, "read").await;
        let (served, mut order) = tokio::sync::mpsc::unbounded_channel();
        for n in 2..5_u8 {
            let (leases, served) = (world.leases.clone(), served.clone());
            tokio::spawn(async move {
                let who = tenant(ALICE, Tier::User, n);
                let lease = leases.acquire(&who, &request("postgresql", "read"), None).await.unwrap();
                leases.release(&who, lease.connection_id.as_str(), SERVICE).await.unwrap();
                served.send(n).unwrap();
            });
            until("it waits", async || world.leases.stats(Database::PostgreSql).await.unwrap().waiting == u32::from(n - 1)).await;
        }
        world.release(&holder, &held).await;
        let mut turns = Vec::new();
        for _ in 0..3 {
            turns.push(order.recv().await.unwrap());
        }
        assert_eq!(turns, [2, 3, 4]);
        assert_eq!(world.leases.stats(Database::PostgreSql).await.unwrap().waiting, 0);
        assert_nothing_left(database).await;
    })
    .await;
}

#[tokio::test]
async fn a_lease_is_known_to_its_holder_and_service_and_given_back_by_administrators_too() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let world = world(database, LeaseSettings::default());
        let (alice, bob, admin) = (tenant(ALICE, Tier::User, 1), tenant(BOB, Tier::User, 2), tenant(BOB, Tier::Admin, 3));
        let acquired = world.acquire(&alice, "read").await;
        let id = acquired.connection_id.as_str();
        for (who, id, service) in [(&bob, id, SERVICE), (&alice, id, "another"), (&alice, "conn_unknown", SERVICE), (&alice, "x", SERVICE)]
        {
            for error in
                [world.leases.release(who, id, service).await.unwrap_err(), world.leases.renew(who, id, service, None).await.unwrap_err()]
            {
                assert_eq!(
                    (code(&error), error.to_string()),
                    ("CONNECTION_NOT_FOUND", "there is no such connection of yours and this service".to_owned())
                );
            }
        }
        assert!(world.leases.renew(&admin, id, SERVICE, None).await.is_err(), "administrators end leases, they do not keep them");
        world.leases.release(&admin, id, "any-service").await.unwrap();
        assert_nothing_left(database).await;
    })
    .await;
}

#[tokio::test]
async fn a_renewed_lease_lives_on_with_its_login_up_to_its_end() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let settings =
            LeaseSettings { time_to_live: Duration::from_secs(2), longest: Duration::from_secs(600), ..LeaseSettings::default() };
        let world = world(database, settings);
        let alice = tenant(ALICE, Tier::User, 1);
        let acquired = world.acquire(&alice, "read").await;
        let renew =
            async |seconds| world.leases.renew(&alice, acquired.connection_id.as_str(), SERVICE, Some(Duration::from_secs(seconds))).await;
        for wrong in [0, 601] {
            assert_eq!(code(&renew(wrong).await.unwrap_err()), "VALIDATION_FAILED");
        }
        let renewed = renew(600).await.unwrap();
        assert_eq!(renewed.expires_at, renewed.renewable_until);
        assert_eq!(renewed.renewable_until, row(&world, &acquired).await.acquired_at + Duration::from_secs(600));
        let valid: chrono::DateTime<chrono::Utc> = sqlx::query_scalar("SELECT rolvaliduntil FROM pg_roles WHERE rolname = $1")
            .bind(row(&world, &acquired).await.login)
            .fetch_one(&database.direct)
            .await
            .unwrap();
        assert_eq!(valid, renewed.expires_at + Duration::from_secs(5), "the login never ends before its lease");
        until("the first end", async || now() > acquired.expires_at).await;
        assert_eq!(world.sweeper.sweep().await.unwrap().ended, 0);
        drop(client(&acquired).await);
        world.release(&alice, &acquired).await;
        assert!(renew(10).await.is_err(), "given back is over");
        assert_nothing_left(database).await;
    })
    .await;
}

#[tokio::test]
async fn a_second_release_says_the_same_and_two_at_once_do_no_harm() {
    with_database("TEST_POSTGRES_URL", async |database| {
        let world = world(database, LeaseSettings::default());
        let alice = tenant(ALICE, Tier::User, 1);
        let acquired = Arc::new(world.acquire(&alice, "read").await);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (leases, acquired) = (world.leases.clone(), acquired.clone());
            tasks.spawn(async move { leases.release(&alice, acquired.connection_id.as_str(), SERVICE).await.unwrap() });
        }
        let all = tasks.join_all().await;
        let later = world.leases.release(&alice, acquired.connection_id.as_str(), SERVICE).await.unwrap();
        assert!(all.iter().all(|released| *released == later), "{all:?}");
        assert_nothing_left(database).await;
    })
    .await;
}
