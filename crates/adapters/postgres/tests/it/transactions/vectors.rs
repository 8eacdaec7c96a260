//! Embeddings follow decisions.

use std::sync::Arc;

use atelier_adapter_postgres::{PgCoordinator, PgVectorParticipant};
use atelier_domain::dataservice::catalogue::Catalogue;
use atelier_domain::dataservice::transactions::{
    ApplyError, Fence, OperationState, Participant, Participants, StoreWrite, TransactionId, Transactions, VectorWrite,
};
use atelier_domain::dataservice::{Database, Tier};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::world::{World, failure, insert, operations, somebody, with_world};

fn with_vectors(world: &World<'_>) -> (Transactions, Arc<PgVectorParticipant>) {
    let catalogue = Arc::new(Catalogue::visiobook(Some(3)));
    let participant = Arc::new(PgVectorParticipant::new(world.database.store.clone(), catalogue.clone()));
    let mut ports = world.ports.clone();
    ports.coordinator = Arc::new(PgCoordinator::new(world.database.store.clone(), catalogue.clone()));
    ports.catalogue = catalogue;
    ports.participants = Participants::from([(Database::Vector, participant.clone() as Arc<dyn Participant>)]);
    (Transactions::new(ports), participant)
}

fn upsert(data: Json) -> Json {
    let mut operation = json!({"database": "vector", "operation": "upsert", "table": "embeddings"});
    operation["data"] = data;
    operation
}

async fn stored(world: &World<'_>) -> Vec<(Uuid, Option<Uuid>, String, String)> {
    sqlx::query_as("SELECT id, user_id, kind, embedding::text FROM embeddings ORDER BY kind")
        .fetch_all(&world.database.direct)
        .await
        .unwrap()
}

#[tokio::test]
async fn embeddings_are_written_replaced_and_removed_by_their_owner_alone() {
    with_world(async |world| {
        let (transactions, _) = with_vectors(world);
        let (alice, bob, admin) = (somebody(Tier::User), somebody(Tier::User), somebody(Tier::Admin));
        let body = operations(json!([insert("a"), upsert(json!({"kind": "scene", "embedding": [0.5, -1, 2], "metadata": {"a": 1}}))]));
        let committed = transactions.execute(&alice, &body, None).await.unwrap();
        assert!(!committed.is_pending(), "{committed:?}");
        let id: Uuid = committed.results[1].data.as_ref().unwrap()["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(stored(world).await, [(id, Some(alice.owner), "scene".to_owned(), "[0.5,-1,2]".to_owned())]);

        let again = upsert(json!({"id": id.to_string(), "kind": "shot", "embedding": [1, 1, 1]}));
        let delete = json!({"database": "vector", "operation": "delete", "table": "embeddings", "id": id.to_string()});
        let result = transactions.execute(&bob, &operations(json!([insert("a"), again])), None).await;
        assert_eq!(failure(result), ("OWNERSHIP_VIOLATION", Some(2)));
        // As one that is not there: nobody learns which ids others have.
        for id in [id, Uuid::from_u128(1)] {
            let delete = json!({"database": "vector", "operation": "delete", "table": "embeddings", "id": id.to_string()});
            let nothing = transactions.execute(&bob, &operations(json!([delete])), None).await.unwrap();
            assert!(!nothing.is_pending() && nothing.results[0].data.is_none(), "{nothing:?}");
        }
        assert_eq!(stored(world).await.len(), 1);
        transactions.execute(&alice, &operations(json!([again])), None).await.unwrap();
        assert_eq!(stored(world).await, [(id, Some(alice.owner), "shot".to_owned(), "[1,1,1]".to_owned())]);
        transactions.execute(&admin, &operations(json!([delete])), None).await.unwrap();
        assert!(stored(world).await.is_empty());
        for (refused, code) in [
            (upsert(json!({"kind": "scene", "embedding": [1, 2]})), "INVALID_VALUE"),
            (upsert(json!({"kind": "scene"})), "INVALID_VALUE"),
            (upsert(json!({"kind": "scene", "embedding": [1, 2, 3], "user_id": bob.owner.to_string()})), "OWNERSHIP_VIOLATION"),
            (json!({"database": "vector", "operation": "delete", "table": "embeddings", "id": "proj_123"}), "INVALID_VALUE"),
        ] {
            assert_eq!(failure(transactions.execute(&alice, &operations(json!([refused])), None).await), (code, Some(1)), "{refused}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_first_thing_of_an_account_can_be_an_embedding() {
    with_world(async |world| {
        let (transactions, _) = with_vectors(world);
        let alice = somebody(Tier::User);
        let body = operations(json!([upsert(json!({"kind": "scene", "embedding": [1, 2, 3]}))]));
        let committed = transactions.execute(&alice, &body, None).await.unwrap();
        assert_eq!(committed.results[0].state, OperationState::Success, "{committed:?}");
        assert_eq!(stored(world).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn by_row_level_security_alone_nobody_replaces_or_removes_an_embedding_of_somebody_else() {
    with_world(async |world| {
        let (transactions, _) = with_vectors(world);
        let (alice, bob) = (somebody(Tier::User), somebody(Tier::User));
        for tenant in [&alice, &bob] {
            transactions.execute(tenant, &operations(json!([insert("a")])), None).await.unwrap();
        }
        let id = Uuid::from_u128(7);
        let body = operations(json!([upsert(json!({"id": id.to_string(), "kind": "scene", "embedding": [1, 2, 3]}))]));
        transactions.execute(&alice, &body, None).await.unwrap();
        let catalogue = Arc::new(Catalogue::visiobook(Some(3)));
        let alone = PgVectorParticipant::new(world.database.store.clone(), catalogue).by_row_level_security_alone();
        let table = "embeddings".to_owned();
        let remove = VectorWrite { owner: bob.owner, confined: true, table, id, columns: None };
        let columns = vec![("kind".to_owned(), json!("taken")), ("embedding".to_owned(), json!([3, 2, 1]))];
        let replace = StoreWrite::Vector(VectorWrite { columns: Some(columns), ..remove.clone() });
        let fence = |operation| Fence { transaction_id: TransactionId::of("x"), operation };
        let refused = alone.apply(&replace, &fence(1)).await.unwrap_err();
        assert!(matches!(&refused, ApplyError::Never { code } if code == "OWNERSHIP_VIOLATION"), "{refused:?}");
        alone.apply(&StoreWrite::Vector(remove), &fence(2)).await.unwrap();
        assert_eq!(stored(world).await, [(id, Some(alice.owner), "scene".to_owned(), "[1,2,3]".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn an_embedding_applied_again_stays_as_newer_changes_left_it() {
    with_world(async |world| {
        let (transactions, participant) = with_vectors(world);
        let (alice, bob) = (somebody(Tier::User), somebody(Tier::User));
        transactions.execute(&alice, &operations(json!([insert("a")])), None).await.unwrap();
        let id = Uuid::from_u128(7);
        let write = |kind: &str, owner: Uuid| {
            let columns = vec![("kind".to_owned(), json!(kind)), ("embedding".to_owned(), json!([1, 2, 3]))];
            StoreWrite::Vector(VectorWrite { owner, confined: true, table: "embeddings".into(), id, columns: Some(columns) })
        };
        let fence = |of: &str| Fence { transaction_id: TransactionId::of(of), operation: 1 };
        participant.apply(&write("older", alice.owner), &fence("older")).await.unwrap();
        participant.apply(&write("newer", alice.owner), &fence("newer")).await.unwrap();
        participant.apply(&write("older", alice.owner), &fence("older")).await.unwrap();
        assert_eq!(stored(world).await[0].2, "newer");
        let refused = participant.apply(&write("taken", bob.owner), &fence("taken")).await.unwrap_err();
        assert!(matches!(&refused, ApplyError::Never { code } if code == "OWNERSHIP_VIOLATION"), "{refused:?}");
        let unknown = StoreWrite::Vector(VectorWrite { owner: alice.owner, confined: true, table: "users".into(), id, columns: None });
        assert!(matches!(participant.apply(&unknown, &fence("x")).await, Err(ApplyError::Never { .. })));
    })
    .await;
}
