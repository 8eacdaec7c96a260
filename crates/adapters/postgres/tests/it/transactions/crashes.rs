//! A process or a connection that dies at each step: nothing or all.

use std::time::Duration;

use atelier_adapter_postgres::{PgCoordinator, PgStore, PoolSettings};
use atelier_domain::dataservice::Tier;
use atelier_domain::dataservice::transactions::{
    Claim, Claimed, Coordinator, Decision, Isolation, NotDecided, Operation, TransactionId, TransactionStatus, Transactions,
    parse_transaction,
};
use atelier_domain::kernel::{Coded, ExposeSecret};
use serde_json::json;

use super::proxy::{Cut, Proxy};
use super::world::{Fault, World, count, failure, insert, key, operations, somebody, with_world};

const TERMINATE_OTHERS: &str =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'atelier'";

async fn version(world: &World<'_>, tenant: &atelier_domain::dataservice::Tenant) -> i64 {
    sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM dataservice.data_versions WHERE table_name = 'projects' AND owner = $1")
        .bind(tenant.owner)
        .fetch_one(&world.database.direct)
        .await
        .unwrap()
}

#[tokio::test]
async fn killed_after_the_claim_the_key_is_free_after_half_a_minute() {
    with_world(async |world| {
        let (alice, body) = (somebody(Tier::User), operations(json!([insert("a"), count("n")])));
        let id = TransactionId::of(world.ports.secrets.token().expose_secret());
        let request = parse_transaction(&world.ports.catalogue, &alice, &id, &body).unwrap();
        let claim = Claim { owner: alice.owner, key: key("k"), body_hash: request.body_hash, transaction_id: id.clone() };
        let Claimed::Free(held) = world.ports.coordinator.claim(&claim).await.unwrap() else { panic!("nobody had it") };
        drop(held);
        assert_eq!(failure(world.transactions.execute(&alice, &body, Some(&key("k"))).await).0, "IDEMPOTENCY_IN_PROGRESS");
        world.let_time_pass().await;
        assert!(!world.transactions.execute(&alice, &body, Some(&key("k"))).await.unwrap().replayed);
        assert_eq!((world.titles(&alice).await.len(), world.held(&alice, "n").await.as_deref()), (1, Some("1")));
    })
    .await;
}

#[tokio::test]
async fn killed_among_the_operations_nothing_has_happened() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        world.commit(&alice, json!([insert("before")])).await;
        let versions = version(world, &alice).await;
        let id = TransactionId::of("killed");
        let body = operations(json!([insert("a")]));
        let request = parse_transaction(&world.ports.catalogue, &alice, &id, &body).unwrap();
        let Operation::Sql(write) = &request.operations[0] else { panic!("an insert") };
        let decision = Decision {
            transaction_id: id,
            owner: alice.owner,
            key: None,
            operations: 1,
            answer: vec![0],
            outbox: Vec::new(),
            tables: Vec::new(),
        };
        // The process goes: its transaction is dropped.
        let mut session = world.ports.coordinator.begin(&alice, Isolation::default()).await.unwrap();
        session.write(write).await.unwrap();
        drop(session);
        // The server's side goes.
        let mut session = world.ports.coordinator.begin(&alice, Isolation::default()).await.unwrap();
        session.write(write).await.unwrap();
        sqlx::query(TERMINATE_OTHERS).execute(&world.database.direct).await.unwrap();
        assert!(session.write(write).await.is_err());
        assert!(matches!(session.decide(&decision).await, Err(NotDecided::Aborted(_))));
        assert_eq!((world.titles(&alice).await, version(world, &alice).await), (vec!["before".to_owned()], versions));
        // The next request notices nothing of the dead connections.
        let committed = world.commit(&alice, json!([insert("c")])).await;
        assert_eq!(committed.data_version.map(|version| i64::try_from(version).unwrap()), Some(versions + 1));
        assert_eq!((world.titles(&alice).await.len(), version(world, &alice).await), (2, versions + 1));
    })
    .await;
}

#[tokio::test]
async fn a_request_dropped_on_its_way_leaves_nothing_or_all() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        world.commit(&alice, json!([insert("before")])).await;
        for patience in (0..12).map(|step| Duration::from_millis(step * step / 2)) {
            let body = operations(json!([insert("a"), count("n")]));
            let _dropped = tokio::time::timeout(patience, world.execute(&alice, &body)).await;
        }
        // Connections given back amid a commit finish it first.
        world.commit(&alice, json!([insert("after")])).await;
        let expected: i64 =
            sqlx::query_scalar("SELECT count(*) FROM dataservice.tx_outbox").fetch_one(&world.database.direct).await.unwrap();
        world.let_time_pass().await;
        world.recovery.round().await.unwrap();
        let rows = world.titles(&alice).await.iter().filter(|title| *title == "a").count();
        let counted = world.held(&alice, "n").await.map_or(0, |number| number.parse().unwrap());
        assert_eq!((i64::try_from(rows).unwrap(), counted), (expected, expected));
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_to_the_commit_is_looked_up() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        world.commit(&alice, json!([insert("before")])).await;
        let proxy = Proxy::before(&world.database.url).await;
        let settings = PoolSettings { min: 0, max: 4, ..PoolSettings::default() };
        let store = PgStore::connect(&proxy.url, settings).await.unwrap();
        let (transactions, recovery) = world.over(&store);
        let body = operations(json!([insert("a"), count("n")]));

        // Without a key the decision's is the first commit once the owner is known.
        transactions.execute(&alice, &body, None).await.unwrap();
        proxy.arm(Cut::Answer);
        let committed = transactions.execute(&alice, &body, None).await.unwrap();
        assert!(proxy.has_cut());
        assert_eq!(world.titles(&alice).await.iter().filter(|title| *title == "a").count(), 2);
        world.let_time_pass().await;
        recovery.round().await.unwrap();
        assert_eq!(world.states(&alice, committed.id.as_str()).await, ["success"; 2]);

        proxy.arm(Cut::Request);
        let error = transactions.execute(&alice, &body, None).await.unwrap_err();
        assert!(proxy.has_cut());
        assert_eq!(error.code(), "DATABASE_UNAVAILABLE");
        let id = error.details().unwrap()["transaction_id"].as_str().unwrap().to_owned();
        assert!(matches!(world.status(&alice, &id).await, TransactionStatus::Aborted { .. }));
        assert_eq!(world.titles(&alice).await.iter().filter(|title| *title == "a").count(), 2);
        assert_eq!(world.held(&alice, "n").await.as_deref(), Some("2"));
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_commit_in_doubt_is_settled_by_the_next_round_once_its_request_has_given_up() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        world.commit(&alice, json!([insert("before")])).await;
        let proxy = Proxy::before(&world.database.url).await;
        let settings = PoolSettings { min: 0, max: 4, ..PoolSettings::default() };
        let store = PgStore::connect(&proxy.url, settings).await.unwrap();
        let coordinator = PgCoordinator::new(store.clone(), world.ports.catalogue.clone());
        let (_, recovery) = world.over(&store);
        for (cut, expected) in [(Cut::Request, "aborted"), (Cut::Answer, "committed")] {
            let decision = Decision {
                transaction_id: TransactionId::of(expected),
                owner: alice.owner,
                key: None,
                operations: 0,
                answer: vec![0],
                outbox: Vec::new(),
                tables: Vec::new(),
            };
            let session = coordinator.begin(&alice, Isolation::default()).await.unwrap();
            proxy.arm(cut);
            assert!(matches!(session.decide(&decision).await, Err(NotDecided::Unknown(_))), "{expected}");
            recovery.round().await.unwrap();
            let states: Vec<String> = sqlx::query_scalar("SELECT state FROM dataservice.tx_log WHERE tx_id = $1")
                .bind(decision.transaction_id.as_str())
                .fetch_all(&world.database.direct)
                .await
                .unwrap();
            assert_eq!(states, [expected]);
        }
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn killed_right_after_the_commit_the_rest_follows_and_the_key_answers() {
    with_world(async |world| {
        let (alice, body) = (somebody(Tier::User), operations(json!([insert("a"), count("n")])));
        world.commit(&alice, json!([insert("before")])).await;
        world.faulty.set(Fault::Silence);
        // Dropped while it applies: after the decision.
        let once = key("k");
        let execute = world.transactions.execute(&alice, &body, Some(&once));
        assert!(tokio::time::timeout(Duration::from_secs(1), execute).await.is_err(), "it waits for the store");
        world.faulty.set(Fault::None);
        assert_eq!(world.titles(&alice).await, ["a", "before"]);
        let replayed = world.transactions.execute(&alice, &body, Some(&key("k"))).await.unwrap();
        assert!(replayed.replayed && replayed.is_pending());
        world.let_time_pass().await;
        assert_eq!(world.recovery.round().await.unwrap().applied, 1);
        let replayed = world.transactions.execute(&alice, &body, Some(&key("k"))).await.unwrap();
        assert!(replayed.replayed && !replayed.is_pending());
        assert_eq!(world.held(&alice, "n").await.as_deref(), Some("1"));
    })
    .await;
}

#[tokio::test]
async fn while_redis_is_unreachable_nothing_is_decided() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        let body = operations(json!([insert("a"), {"database": "cosmosdb", "operation": "delete", "table": "documents", "id": "1"}]));
        assert_eq!(failure(world.execute(&alice, &body).await).0, "NOT_CONFIGURED");
        let mut ports = world.ports.clone();
        ports.participants.clear();
        let without = Transactions::new(ports);
        let error = without.execute(&alice, &operations(json!([insert("a"), count("n")])), None).await.unwrap_err();
        assert_eq!((error.code(), error.kind()), ("NOT_CONFIGURED", atelier_domain::kernel::ErrorKind::Unavailable));
        assert!(world.titles(&alice).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn while_every_connection_is_in_use_nothing_is_decided_and_the_key_stays_free() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        let settings = PoolSettings { min: 0, max: 1, acquire_timeout: Duration::from_millis(200), ..PoolSettings::default() };
        let store = PgStore::connect(&world.database.url, settings).await.unwrap();
        let (transactions, _) = world.over(&store);
        let (body, once) = (operations(json!([insert("a"), count("n")])), key("once"));
        transactions.execute(&alice, &operations(json!([insert("before")])), None).await.unwrap();
        let held = Transactions::new(world.ports.clone());
        // Somebody has the store's only connection.
        let mut blocker = world.database.direct.begin().await.unwrap();
        sqlx::query("SELECT FROM users WHERE id = $1 FOR UPDATE").bind(alice.owner).execute(&mut *blocker).await.unwrap();
        let up = json!([{"database": "postgresql", "operation": "update", "table": "users",
                         "data": {"project_count": 1}, "filters": {"id": alice.owner.to_string()}}]);
        let waiting = operations(up);
        let (slow, refused) = tokio::join!(transactions.execute(&alice, &waiting, None), async {
            while store.stats().active == 0 || store.stats().idle > 0 {
                tokio::task::yield_now().await;
            }
            let refused = transactions.execute(&alice, &body, Some(&once)).await;
            blocker.rollback().await.unwrap();
            refused
        });
        slow.unwrap();
        let error = refused.unwrap_err();
        assert_eq!((error.code(), error.retry_after_seconds().is_some()), ("DATABASE_CONNECTION_FAILED", true));
        assert_eq!(error.details().unwrap()["pool_status"], json!("exhausted"));
        assert_eq!(world.held(&alice, "n").await, None);
        assert!(!held.execute(&alice, &body, Some(&once)).await.unwrap().replayed);
        store.close().await;
    })
    .await;
}
