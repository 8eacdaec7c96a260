//! Batches: what they do, and that they do nothing when one write fails.

use atelier_adapter_cosmos::{BatchError, BatchOp, CosmosError, CosmosStore, ETag};
use serde_json::json;

use crate::{ITEMS, create, item, n_of};

fn replace(id: &str, n: i64, if_match: Option<ETag>) -> BatchOp {
    BatchOp::Replace { id: id.to_owned(), document: item("ada", id, n), if_match }
}

fn upsert(id: &str, n: i64, if_match: Option<ETag>) -> BatchOp {
    BatchOp::Upsert { document: item("ada", id, n), if_match }
}

fn delete(id: &str, if_match: Option<ETag>) -> BatchOp {
    BatchOp::Delete { id: id.to_owned(), if_match }
}

/// The store with documents 1, 2 and 3 of Ada's.
async fn ada(case: &str) -> Option<CosmosStore> {
    let store = crate::store(case).await?;
    crate::fill(&store, "ada", 3).await;
    Some(store)
}

#[tokio::test]
async fn every_kind_of_write_happens_in_order() {
    let Some(store) = ada("every kind of write").await else { return };
    let operations = vec![create("ada", "4", 4), replace("4", 40, None), upsert("1", 10, None), upsert("5", 5, None), delete("2", None)];
    let results = store.batch(ITEMS, "ada", operations).await.unwrap();
    assert_eq!(results.iter().map(|result| result.status).collect::<Vec<_>>(), [201, 200, 200, 201, 204]);
    for (id, n) in [("1", Some(10)), ("2", None), ("3", Some(3)), ("4", Some(40)), ("5", Some(5))] {
        assert_eq!(n_of(&store, "ada", id).await, n, "{id}");
    }
    let etag = store.get(ITEMS, "ada", "1").await.unwrap().unwrap().etag;
    assert_eq!(results[2].etag.as_ref(), Some(&etag), "the version is the one of the document");
}

#[tokio::test]
async fn when_one_write_fails_none_happens_and_it_is_told_which() {
    let Some(store) = ada("when one write fails").await else { return };
    let old = store.get(ITEMS, "ada", "3").await.unwrap().unwrap().etag;
    store.batch(ITEMS, "ada", vec![upsert("3", 33, None)]).await.unwrap();
    for (failing, error) in [
        (create("ada", "1", 0), CosmosError::Conflict),
        (replace("9", 0, None), CosmosError::NotFound),
        (delete("9", None), CosmosError::NotFound),
        (replace("3", 0, Some(old.clone())), CosmosError::PreconditionFailed),
        (upsert("3", 0, Some(old.clone())), CosmosError::PreconditionFailed),
        (delete("3", Some(old)), CosmosError::PreconditionFailed),
    ] {
        let operations = vec![create("ada", "new", 0), upsert("1", 100, None), delete("2", None), failing.clone(), upsert("3", 300, None)];
        let failed = store.batch(ITEMS, "ada", operations).await.unwrap_err();
        assert_eq!(failed, BatchError { operation: Some(3), error }, "{failing:?}");
        for (id, n) in [("1", Some(1)), ("2", Some(2)), ("3", Some(33)), ("new", None)] {
            assert_eq!(n_of(&store, "ada", id).await, n, "{id} after {failing:?}");
        }
    }
}

#[tokio::test]
async fn a_write_with_the_current_version_happens() {
    let Some(store) = ada("the current version").await else { return };
    let first = store.get(ITEMS, "ada", "1").await.unwrap().unwrap().etag;
    let second = store.batch(ITEMS, "ada", vec![replace("1", 11, Some(first.clone()))]).await.unwrap()[0].etag.clone().unwrap();
    assert_ne!(first, second);
    store.batch(ITEMS, "ada", vec![upsert("1", 12, Some(second.clone()))]).await.unwrap();
    assert_eq!(n_of(&store, "ada", "1").await, Some(12));
    let stale = store.batch(ITEMS, "ada", vec![delete("1", Some(second))]).await.unwrap_err();
    assert_eq!(stale.error, CosmosError::PreconditionFailed);
    let third = store.get(ITEMS, "ada", "1").await.unwrap().unwrap().etag;
    store.batch(ITEMS, "ada", vec![delete("1", Some(third))]).await.unwrap();
    assert_eq!(n_of(&store, "ada", "1").await, None);
}

#[tokio::test]
async fn of_writers_with_the_same_version_one_wins() {
    let Some(store) = ada("of writers with the same version").await else { return };
    let etag = store.get(ITEMS, "ada", "1").await.unwrap().unwrap().etag;
    let writers = (0..8).map(|n| store.batch(ITEMS, "ada", vec![replace("1", 100 + n, Some(etag.clone()))]));
    let results = futures_util::future::join_all(writers).await;
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(lost.iter().all(|result| result.as_ref().unwrap_err().error == CosmosError::PreconditionFailed), "{lost:?}");
}

#[tokio::test]
async fn a_document_of_another_owner_is_not_taken() {
    let Some(store) = ada("a document of another owner").await else { return };
    let failed = store.batch(ITEMS, "ada", vec![create("ada", "mine", 1), create("bob", "his", 1)]).await.unwrap_err();
    assert!(matches!(failed.error, CosmosError::Rejected { status: 400, .. }), "{failed:?}");
    assert_eq!(n_of(&store, "ada", "mine").await, None);
    assert_eq!(n_of(&store, "bob", "his").await, None);
    // Another owner's documents are not there at all, whatever their id.
    for operation in [delete("1", None), BatchOp::Replace { id: "1".to_owned(), document: item("bob", "1", 0), if_match: None }] {
        assert_eq!(store.batch(ITEMS, "bob", vec![operation]).await.unwrap_err().error, CosmosError::NotFound);
    }
    assert_eq!(n_of(&store, "ada", "1").await, Some(1));
}

#[tokio::test]
async fn what_is_larger_than_cosmos_db_takes_is_told() {
    let Some(store) = ada("what is larger").await else { return };
    let hundred: Vec<BatchOp> = (0..100).map(|n| create("ada", &format!("many-{n}"), n)).collect();
    let mut more = hundred.clone();
    more.push(create("ada", "one-more", 0));
    assert_eq!(store.batch(ITEMS, "ada", more).await.unwrap_err(), BatchError { operation: None, error: CosmosError::TooLarge });
    assert_eq!(n_of(&store, "ada", "many-0").await, None);
    assert_eq!(store.batch(ITEMS, "ada", hundred).await.unwrap().len(), 100);
    let heavy = |bytes: usize| BatchOp::Create { document: json!({"id": "heavy", "owner": "ada", "n": 1, "text": "x".repeat(bytes)}) };
    assert_eq!(store.batch(ITEMS, "ada", vec![heavy(2 * 1024 * 1024)]).await.unwrap_err().error, CosmosError::TooLarge);
    assert_eq!(store.batch(ITEMS, "ada", Vec::new()).await.unwrap(), []);
    store.batch(ITEMS, "ada", vec![heavy(1024 * 1024)]).await.unwrap();
}
