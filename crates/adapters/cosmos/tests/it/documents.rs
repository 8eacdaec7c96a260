//! Single documents.

use atelier_adapter_cosmos::{BatchOp, CosmosError};

use crate::ITEMS;

#[tokio::test]
async fn a_document_is_found_in_its_partition_only() {
    let Some(store) = crate::store("a document is found").await else { return };
    crate::fill(&store, "ada", 1).await;
    let found = store.get(ITEMS, "ada", "1").await.unwrap().unwrap();
    assert_eq!((found.body["owner"].as_str(), found.body["n"].as_i64()), (Some("ada"), Some(1)));
    assert!(!found.etag.0.is_empty());
    assert_eq!(store.get(ITEMS, "bob", "1").await.unwrap(), None);
    assert_eq!(store.get(ITEMS, "ada", "2").await.unwrap(), None);
}

#[tokio::test]
async fn a_container_that_is_not_there_is_told() {
    let Some(store) = crate::store("a container").await else { return };
    assert_eq!(store.get("nowhere", "ada", "1").await, Err(CosmosError::NotFound));
    let create = vec![crate::create("ada", "1", 1)];
    assert_eq!(store.batch("nowhere", "ada", create).await.unwrap_err().error, CosmosError::NotFound);
}

#[tokio::test]
async fn ids_and_partitions_may_hold_any_text() {
    let Some(store) = crate::store("any text").await else { return };
    for (owner, id) in [("Ünïcode – 名", "a b"), ("50%", "100%25"), ("o'brien \"x\"", "it's"), ("a=b;c&d", "+plus+")] {
        store.batch(ITEMS, owner, vec![crate::create(owner, id, 7)]).await.unwrap();
        assert_eq!(crate::n_of(&store, owner, id).await, Some(7), "{owner} {id}");
        let gone = BatchOp::Delete { id: id.to_owned(), if_match: None };
        store.batch(ITEMS, owner, vec![gone]).await.unwrap();
        assert_eq!(crate::n_of(&store, owner, id).await, None, "{owner} {id}");
    }
}
