//! A key is executed once.

use std::sync::Arc;

use atelier_domain::dataservice::Tier;
use atelier_domain::dataservice::transactions::{
    Claim, Claimed, Decision, Isolation, NotDecided, TransactionId, TransactionStatus, parse_transaction,
};
use atelier_domain::kernel::{Coded, ExposeSecret};
use serde_json::json;

use super::world::{World, count, failure, insert, key, operations, somebody, with_world};

async fn claims(world: &World<'_>) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM dataservice.tx_claims").fetch_one(&world.database.direct).await.unwrap()
}

#[tokio::test]
async fn the_same_request_is_answered_again_and_another_with_its_key_is_refused() {
    with_world(async |world| {
        let (alice, once) = (somebody(Tier::User), key("once"));
        let body = operations(json!([insert("a"), count("n")]));
        let first = world.transactions.execute(&alice, &body, Some(&once)).await.unwrap();
        let again = world.transactions.execute(&alice, &body, Some(&once)).await.unwrap();
        assert!(!first.replayed && again.replayed);
        assert_eq!((&again.id, &again.results), (&first.id, &first.results));
        let other = world.transactions.execute(&alice, &operations(json!([insert("b")])), Some(&once)).await;
        assert_eq!(failure(other).0, "IDEMPOTENCY_KEY_REUSED");
        // Somebody else's key is another key.
        assert!(!world.transactions.execute(&somebody(Tier::User), &body, Some(&once)).await.unwrap().replayed);
        assert_eq!((world.titles(&alice).await.len(), world.held(&alice, "n").await.as_deref()), (1, Some("1")));
    })
    .await;
}

#[tokio::test]
async fn what_was_aborted_may_be_tried_again_with_its_key() {
    with_world(async |world| {
        let (alice, once) = (somebody(Tier::User), key("once"));
        let row = json!({"database": "postgresql", "operation": "insert", "table": "projects",
                         "data": {"id": "00000000-0000-0000-0000-00000000feed", "title": "taken"}});
        let bob = somebody(Tier::User);
        world.commit(&bob, json!([row])).await;
        let body = operations(json!([row]));
        assert_eq!(failure(world.transactions.execute(&alice, &body, Some(&once)).await).0, "UNIQUE_VIOLATION");
        let delete = json!({"database": "postgresql", "operation": "delete", "table": "projects", "filters": {"title": "taken"}});
        world.commit(&bob, json!([delete])).await;
        assert!(!world.transactions.execute(&alice, &body, Some(&once)).await.unwrap().replayed);
    })
    .await;
}

#[tokio::test]
async fn of_fifty_at_once_one_executes() {
    with_world(async |world| {
        let (alice, body) = (somebody(Tier::User), Arc::new(operations(json!([insert("a"), count("n")]))));
        let requests = (0..50).map(|_| {
            let (transactions, body) = (world.transactions.clone(), body.clone());
            tokio::spawn(async move { transactions.execute(&alice, &body, Some(&key("once"))).await })
        });
        let (mut executed, mut ids) = (0, std::collections::BTreeSet::new());
        for request in requests.collect::<Vec<_>>() {
            match request.await.unwrap() {
                Ok(committed) => {
                    executed += u32::from(!committed.replayed);
                    ids.insert(committed.id);
                }
                Err(error) => assert!(matches!(error.code(), "IDEMPOTENCY_IN_PROGRESS" | "DATABASE_CONNECTION_FAILED"), "{error}"),
            }
        }
        world.recovery.round().await.unwrap();
        assert_eq!((executed, ids.len(), world.titles(&alice).await.len()), (1, 1, 1));
        assert_eq!(world.held(&alice, "n").await.as_deref(), Some("1"));
    })
    .await;
}

#[tokio::test]
async fn a_key_is_free_again_when_its_process_is_gone_and_when_it_is_a_day_old() {
    with_world(async |world| {
        let (alice, once) = (somebody(Tier::User), key("once"));
        let body = operations(json!([insert("a")]));
        let first = world.transactions.execute(&alice, &body, Some(&once)).await.unwrap();
        sqlx::query("UPDATE dataservice.tx_claims SET heartbeat_at = now() - interval '2 hours'")
            .execute(&world.database.direct)
            .await
            .unwrap();
        let again = world.transactions.execute(&alice, &body, Some(&once)).await.unwrap();
        assert!(again.replayed, "what is committed is never stale");
        sqlx::query("UPDATE dataservice.tx_claims SET claimed_at = now() - interval '25 hours'")
            .execute(&world.database.direct)
            .await
            .unwrap();
        let second = world.transactions.execute(&alice, &body, Some(&once)).await.unwrap();
        assert!(!second.replayed && second.id != first.id);
        assert_eq!(world.titles(&alice).await.len(), 2);
        sqlx::query("UPDATE dataservice.tx_claims SET claimed_at = now() - interval '25 hours'")
            .execute(&world.database.direct)
            .await
            .unwrap();
        world.recovery.clean().await.unwrap();
        assert_eq!(claims(world).await, 0);
        assert!(!world.transactions.execute(&alice, &body, Some(&once)).await.unwrap().replayed);
    })
    .await;
}

#[tokio::test]
async fn a_process_that_was_paused_and_overtaken_does_not_commit() {
    with_world(async |world| {
        let (alice, once) = (somebody(Tier::User), key("once"));
        let body = operations(json!([insert("a")]));
        // The paused one has its claim, and its transaction has begun.
        let id = TransactionId::of(world.ports.secrets.token().expose_secret());
        let request = parse_transaction(&world.ports.catalogue, &alice, &id, &body).unwrap();
        world.ports.owners.ensure(&alice).await.unwrap();
        let claim = Claim { owner: alice.owner, key: once.clone(), body_hash: request.body_hash, transaction_id: id.clone() };
        let held = world.ports.coordinator.claim(&claim).await.unwrap();
        assert!(matches!(held, Claimed::Free(_)));
        let running = world.transactions.execute(&alice, &body, Some(&once)).await.unwrap_err();
        assert_eq!(running.code(), "IDEMPOTENCY_IN_PROGRESS");
        assert_eq!(running.details().unwrap()["transaction_id"], json!(id.as_str()));
        assert_eq!(world.status(&alice, id.as_str()).await, TransactionStatus::Running);
        let session = world.ports.coordinator.begin(&alice, request.isolation).await.unwrap();
        world.let_time_pass().await;
        let overtaken = world.transactions.execute(&alice, &body, Some(&once)).await.unwrap();
        assert!(!overtaken.replayed);
        let decision = Decision {
            transaction_id: id,
            owner: alice.owner,
            key: Some(once.clone()),
            operations: 1,
            answer: vec![0],
            outbox: Vec::new(),
            tables: Vec::new(),
        };
        let late = session.decide(&decision).await.unwrap_err();
        assert!(matches!(late, NotDecided::Superseded), "{late:?}");
        assert_eq!(world.titles(&alice).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn one_whose_key_was_taken_over_while_it_was_paused_does_not_commit_before_the_other_has() {
    with_world(async |world| {
        let (alice, once) = (somebody(Tier::User), key("once"));
        let body = operations(json!([insert("a"), count("n")]));
        world.commit(&alice, json!([insert("before")])).await;
        let claim_of = |id: &TransactionId| {
            let request = parse_transaction(&world.ports.catalogue, &alice, id, &body).unwrap();
            Claim { owner: alice.owner, key: once.clone(), body_hash: request.body_hash, transaction_id: id.clone() }
        };
        let decision_of = |id: &TransactionId| Decision {
            transaction_id: id.clone(),
            owner: alice.owner,
            key: Some(once.clone()),
            operations: 2,
            answer: vec![0],
            outbox: Vec::new(),
            tables: Vec::new(),
        };
        let (paused, next) = (TransactionId::of("paused"), TransactionId::of("next"));
        let _held = world.ports.coordinator.claim(&claim_of(&paused)).await.unwrap();
        let session = world.ports.coordinator.begin(&alice, Isolation::default()).await.unwrap();
        world.let_time_pass().await;
        let Claimed::Free(_taken_over) = world.ports.coordinator.claim(&claim_of(&next)).await.unwrap() else { panic!("it is stale") };
        let late = session.decide(&decision_of(&paused)).await.unwrap_err();
        assert!(matches!(late, NotDecided::Superseded), "{late:?}");
        assert_eq!(world.status(&alice, paused.as_str()).await, TransactionStatus::Aborted { code: None, operation: None });
        // Whoever has the key now is not in its way.
        let session = world.ports.coordinator.begin(&alice, Isolation::default()).await.unwrap();
        session.decide(&decision_of(&next)).await.unwrap();
        let again = world.ports.coordinator.claim(&claim_of(&TransactionId::of("third"))).await.unwrap();
        assert!(matches!(again, Claimed::Taken { transaction_id, committed: true, .. } if transaction_id == next));
    })
    .await;
}

#[tokio::test]
async fn one_that_decides_while_its_key_is_taken_over_keeps_the_key() {
    with_world(async |world| {
        let (alice, once) = (somebody(Tier::User), key("once"));
        let body = operations(json!([insert("a")]));
        world.commit(&alice, json!([insert("before")])).await;
        let (slow, next) = (TransactionId::of("slow"), TransactionId::of("next"));
        let request = parse_transaction(&world.ports.catalogue, &alice, &slow, &body).unwrap();
        let claim = |id: &TransactionId| Claim {
            owner: alice.owner,
            key: once.clone(),
            body_hash: request.body_hash.clone(),
            transaction_id: id.clone(),
        };
        let _held = world.ports.coordinator.claim(&claim(&slow)).await.unwrap();
        world.let_time_pass().await;
        // Its entry of the log is written, and not committed yet.
        let mut deciding = world.database.direct.begin().await.unwrap();
        let record = "INSERT INTO dataservice.tx_log (tx_id, owner, state, idempotency_key, operations, answer)
                      VALUES ($1, $2, 'committed', 'once', 1, '\\x00')";
        sqlx::query(record).bind(slow.as_str()).bind(alice.owner).execute(&mut *deciding).await.unwrap();
        let next = claim(&next);
        let (taken, ()) = tokio::join!(world.ports.coordinator.claim(&next), async {
            let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')";
            let waiting = async {
                while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&world.database.direct).await.unwrap() {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(std::time::Duration::from_secs(10), waiting).await.expect("the log is not asked");
            deciding.commit().await.unwrap();
        });
        assert!(matches!(taken.unwrap(), Claimed::Taken { transaction_id, committed: true, .. } if transaction_id == slow));
    })
    .await;
}

#[tokio::test]
async fn one_declared_dead_while_it_was_paused_does_not_commit_either() {
    with_world(async |world| {
        let alice = somebody(Tier::User);
        world.commit(&alice, json!([insert("before")])).await;
        let id = TransactionId::of("paused");
        let session = world.ports.coordinator.begin(&alice, Isolation::default()).await.unwrap();
        let claim = Claim { owner: alice.owner, key: key("paused"), body_hash: "h".into(), transaction_id: id.clone() };
        let _held = world.ports.coordinator.claim(&claim).await.unwrap();
        world.let_time_pass().await;
        assert_eq!(world.status(&alice, id.as_str()).await, TransactionStatus::Aborted { code: None, operation: None });
        let decision = Decision {
            transaction_id: id.clone(),
            owner: alice.owner,
            key: Some(key("paused")),
            operations: 0,
            answer: vec![0],
            outbox: Vec::new(),
            tables: Vec::new(),
        };
        assert!(session.decide(&decision).await.is_err());
        assert_eq!(world.status(&alice, id.as_str()).await, TransactionStatus::Aborted { code: None, operation: None });
    })
    .await;
}
