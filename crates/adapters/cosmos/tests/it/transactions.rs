//! Tenants' documents, changed once in effect.

use std::sync::Arc;

use atelier_adapter_cosmos::{CosmosParticipant, CosmosStore};
use atelier_domain::dataservice::DataError;
use atelier_domain::dataservice::transactions::{ApplyError, CosmosCommand, CosmosWrite, Fence, Participant, StoreWrite, TransactionId};
use atelier_domain::kernel::Coded;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::ITEMS;

struct World {
    store: Arc<CosmosStore>,
    participant: CosmosParticipant,
    owner: Uuid,
}

async fn world(case: &str) -> Option<World> {
    let store = Arc::new(crate::store(case).await?);
    Some(World { participant: CosmosParticipant::new(store.clone()), store, owner: Uuid::new_v4() })
}

fn fence(operation: u32) -> Fence {
    Fence { transaction_id: TransactionId::of("test"), operation }
}

fn code(refused: Result<Option<Value>, ApplyError>) -> String {
    match refused.unwrap_err() {
        ApplyError::Never { code } => code,
        ApplyError::Later { code, .. } => format!("later: {code}"),
    }
}

impl World {
    fn document(&self, id: &str, n: i64) -> Value {
        json!({"id": id, "owner": self.owner.to_string(), "n": n})
    }

    fn write(&self, id: &str, command: CosmosCommand, if_match: Option<String>) -> StoreWrite {
        let (owner, owner_field) = (self.owner, "owner".to_owned());
        StoreWrite::CosmosDb(CosmosWrite { owner, owner_field, container: ITEMS.to_owned(), id: id.to_owned(), if_match, command })
    }

    async fn found(&self, id: &str) -> Option<(i64, String)> {
        let found = self.store.get(ITEMS, &self.owner.to_string(), id).await.unwrap()?;
        Some((found.body["n"].as_i64().unwrap(), found.etag.0))
    }

    async fn n(&self, id: &str) -> Option<i64> {
        self.found(id).await.map(|(n, _)| n)
    }

    async fn check(&self, writes: &[StoreWrite]) -> Result<(), (usize, DataError)> {
        self.participant.check(&writes.iter().collect::<Vec<_>>()).await
    }
}

#[tokio::test]
async fn each_change_happens_once_however_often_it_is_applied() {
    let Some(world) = world("each change once").await else { return };
    let incr = CosmosCommand::Patch(json!([{"op": "incr", "path": "/n", "value": 5}]));
    for (operation, (command, expected)) in (1..).zip([
        (CosmosCommand::Create(world.document("1", 1)), Some(1)),
        (incr.clone(), Some(6)),
        (CosmosCommand::Replace(world.document("1", 3)), Some(3)),
        (incr, Some(8)),
        (CosmosCommand::Upsert(world.document("1", 4)), Some(4)),
        (CosmosCommand::Delete, None),
        (CosmosCommand::Delete, None),
    ]) {
        let write = world.write("1", command, None);
        for _ in 0..3 {
            world.participant.apply(&write, &fence(operation)).await.unwrap();
            assert_eq!(world.n("1").await, expected, "{operation}");
        }
    }
    // What was made after a removal that found nothing is not removed by its repetition.
    world.participant.apply(&world.write("1", CosmosCommand::Create(world.document("1", 9)), None), &fence(20)).await.unwrap();
    world.participant.apply(&world.write("1", CosmosCommand::Delete, None), &fence(7)).await.unwrap();
    assert_eq!(world.n("1").await, Some(9));
    world.store.drop_database().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_is_told_before_and_after() {
    let Some(world) = world("what cannot be").await else { return };
    let create = |id: &str| world.write(id, CosmosCommand::Create(world.document(id, 1)), None);
    world.participant.apply(&create("1"), &fence(1)).await.unwrap();
    let (_, etag) = world.found("1").await.unwrap();
    let stale = |id: &str| world.write(id, CosmosCommand::Replace(world.document(id, 2)), Some("\"stale\"".to_owned()));
    let misfit = world.write("1", CosmosCommand::Patch(json!([{"op": "replace", "path": "/m", "value": 1}])), None);
    for (operation, (write, foreseen, told)) in (2..).zip([
        (create("1"), "UNIQUE_VIOLATION", "CONFLICT"),
        (stale("1"), "PRECONDITION_FAILED", "PRECONDITION_FAILED"),
        (world.write("2", CosmosCommand::Replace(world.document("2", 2)), None), "PRECONDITION_FAILED", "NOT_FOUND"),
        (misfit, "PRECONDITION_FAILED", "PATCH_DOES_NOT_FIT"),
    ]) {
        let (at, error) = world.check(&[create("3"), write.clone()]).await.unwrap_err();
        assert_eq!((at, error.code()), (1, foreseen), "{write:?}");
        assert_eq!(code(world.participant.apply(&write, &fence(operation)).await), told, "{write:?}");
    }
    assert_eq!((world.found("1").await, world.n("2").await), (Some((1, etag.clone())), None));

    // Changes are foreseen one after the other.
    let replace = world.write("1", CosmosCommand::Replace(world.document("1", 2)), Some(etag));
    world.check(&[create("4"), world.write("4", CosmosCommand::Delete, None), create("4"), replace.clone()]).await.unwrap();
    assert_eq!(world.check(&[replace.clone(), replace.clone()]).await.unwrap_err().0, 1);
    world.participant.apply(&replace, &fence(10)).await.unwrap();
    assert_eq!(world.n("1").await, Some(2));
    world.store.drop_database().await.unwrap();
}

#[tokio::test]
async fn patches_at_once_all_count() {
    let Some(world) = world("patches at once").await else { return };
    let world = Arc::new(world);
    world.participant.apply(&world.write("1", CosmosCommand::Create(world.document("1", 0)), None), &fence(1)).await.unwrap();
    let tasks: Vec<_> = (2..6)
        .map(|operation| {
            let world = world.clone();
            tokio::spawn(async move {
                let write = world.write("1", CosmosCommand::Patch(json!([{"op": "incr", "path": "/n", "value": 1}])), None);
                while world.participant.apply(&write, &fence(operation)).await.is_err() {}
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(world.n("1").await, Some(4));
    world.store.drop_database().await.unwrap();
}

#[tokio::test]
async fn a_container_that_is_not_there_is_waited_for() {
    let Some(world) = world("a missing container").await else { return };
    let StoreWrite::CosmosDb(mut write) = world.write("1", CosmosCommand::Create(world.document("1", 0)), None) else { return };
    write.container = "later".to_owned();
    let write = StoreWrite::CosmosDb(write);
    assert!(code(world.participant.apply(&write, &fence(1)).await).starts_with("later: "));
    world.store.ensure_container("later", "/owner").await.unwrap();
    world.participant.apply(&write, &fence(1)).await.unwrap();
    world.store.drop_database().await.unwrap();
}
