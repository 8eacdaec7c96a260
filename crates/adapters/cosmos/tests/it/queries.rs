//! Queries.

use std::num::NonZeroU32;

use atelier_adapter_cosmos::{CosmosError, CosmosStore, Page, Parameter};
use serde_json::{Value, json};

use crate::ITEMS;

fn at_most(items: u32) -> NonZeroU32 {
    NonZeroU32::new(items).unwrap()
}

async fn all(store: &CosmosStore, owner: &str, sql: &str, parameters: &[Parameter]) -> Vec<Value> {
    let page = store.query(ITEMS, owner, sql, parameters, at_most(100), None).await.unwrap();
    assert_eq!(page.continuation, None);
    page.items
}

/// The pages of a query, in order.
async fn pages(store: &CosmosStore, owner: &str, sql: &str, size: u32) -> Vec<Vec<Value>> {
    let (mut pages, mut continuation) = (Vec::new(), None);
    loop {
        let Page { items, continuation: next } = store.query(ITEMS, owner, sql, &[], at_most(size), continuation.as_deref()).await.unwrap();
        pages.push(items);
        assert!(pages.len() < 20, "it ends: {pages:?}");
        match next {
            Some(_) => continuation = next,
            None => return pages,
        }
    }
}

#[tokio::test]
async fn a_query_sees_its_partition_only() {
    let Some(store) = crate::store("a query sees").await else { return };
    crate::fill(&store, "ada", 3).await;
    crate::fill(&store, "bob", 5).await;
    let ids = "SELECT VALUE c.id FROM c ORDER BY c.n DESC";
    assert_eq!(all(&store, "ada", ids, &[]).await, [json!("3"), json!("2"), json!("1")]);
    assert_eq!(all(&store, "eve", ids, &[]).await, Vec::<Value>::new());
    let others = "SELECT VALUE c.id FROM c WHERE c.owner = 'bob' OR true";
    assert_eq!(all(&store, "ada", others, &[]).await.len(), 3, "whatever the query asks for");
    assert_eq!(store.count(ITEMS, "ada", None, &[]).await, Ok(3));
    assert_eq!(store.count(ITEMS, "bob", None, &[]).await, Ok(5));
    assert_eq!(store.count(ITEMS, "eve", None, &[]).await, Ok(0));
}

#[tokio::test]
async fn values_are_parameters() {
    let Some(store) = crate::store("values are parameters").await else { return };
    crate::fill(&store, "ada", 9).await;
    let above = "SELECT VALUE c.n FROM c WHERE c.n > @n AND ARRAY_CONTAINS(@ids, c.id) ORDER BY c.n OFFSET 0 LIMIT 2";
    let parameters = [Parameter::new("@n", 4), Parameter::new("@ids", json!(["2", "6", "8", "9"]))];
    assert_eq!(all(&store, "ada", above, &parameters).await, [json!(6), json!(8)]);
    let injected = Parameter::new("@id", "1' OR '1'='1");
    assert_eq!(store.count(ITEMS, "ada", Some("c.id = @id"), &[injected]).await, Ok(0));
    assert_eq!(store.count(ITEMS, "ada", Some("c.n <= @n"), &[Parameter::new("@n", 4)]).await, Ok(4));
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let Some(store) = crate::store("pages follow").await else { return };
    crate::fill(&store, "ada", 7).await;
    crate::fill(&store, "bob", 7).await;
    for sql in ["SELECT VALUE c.n FROM c", "SELECT VALUE c.n FROM c ORDER BY c.n"] {
        for (size, sizes) in [(3, vec![3, 3, 1]), (7, vec![7]), (10, vec![7])] {
            let pages = pages(&store, "ada", sql, size).await;
            assert_eq!(pages.iter().map(Vec::len).filter(|length| *length > 0).collect::<Vec<_>>(), sizes, "{sql}");
            let mut numbers: Vec<i64> = pages.concat().iter().map(|n| n.as_i64().unwrap()).collect();
            if !sql.contains("ORDER") {
                numbers.sort_unstable();
            }
            assert_eq!(numbers, (1..=7).collect::<Vec<_>>(), "{sql}");
        }
    }
}

#[tokio::test]
async fn a_continuation_in_the_wrong_hands_shows_nothing_of_its_partition() {
    let Some(store) = crate::store("a continuation in the wrong hands").await else { return };
    crate::fill(&store, "ada", 5).await;
    crate::fill(&store, "bob", 2).await;
    let sql = "SELECT VALUE c.owner FROM c";
    let token = store.query(ITEMS, "ada", sql, &[], at_most(2), None).await.unwrap().continuation.unwrap();
    if let Ok(page) = store.query(ITEMS, "bob", sql, &[], at_most(100), Some(&token)).await {
        assert!(page.items.iter().all(|owner| owner == "bob"), "{page:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_rejected() {
    let Some(store) = crate::store("what cannot be read").await else { return };
    let query = store.query(ITEMS, "ada", "SELEKT everything", &[], at_most(1), None).await;
    assert!(matches!(query, Err(CosmosError::Rejected { status: 400, .. })), "{query:?}");
    for token in ["nonsense", "c1.nonsense", "c1.!!!", "c1.e30", "c9.abc"] {
        let query = store.query(ITEMS, "ada", "SELECT * FROM c", &[], at_most(1), Some(token)).await;
        assert!(matches!(query, Err(CosmosError::Rejected { .. })), "{token}: {query:?}");
    }
}
