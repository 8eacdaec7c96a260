//! The adapter against Microsoft's emulator.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a test run is configured by its environment")]

mod batches;
mod connecting;
mod connection_strings;
mod documents;
mod queries;
mod rows;
mod transactions;

use atelier_adapter_cosmos::{BatchOp, ConnectionString, CosmosOptions, CosmosStore};
use atelier_testkit::contract::present;
use serde_json::{Value, json};

/// The container that every test has in a database of its own.
const ITEMS: &str = "items";

/// Where the account is, if there is one.
fn account() -> Option<ConnectionString> {
    Some(std::env::var("TEST_COSMOS_CONNECTION_STRING").ok()?.parse().unwrap())
}

/// A database of its own, with a container partitioned by `/owner`.
async fn store(case: &str) -> Option<CosmosStore> {
    let account = present(account(), case)?;
    let store = CosmosStore::connect(&account, &format!("test-{}", uuid::Uuid::new_v4()), &CosmosOptions::default()).await.unwrap();
    store.ensure_container(ITEMS, "/owner").await.unwrap();
    Some(store)
}

fn item(owner: &str, id: &str, n: i64) -> Value {
    json!({"id": id, "owner": owner, "n": n})
}

fn create(owner: &str, id: &str, n: i64) -> BatchOp {
    BatchOp::Create { document: item(owner, id, n) }
}

/// Documents `1` to `count` of an owner, whose `n` is their number.
async fn fill(store: &CosmosStore, owner: &str, count: i64) {
    let operations = (1..=count).map(|n| create(owner, &n.to_string(), n)).collect();
    store.batch(ITEMS, owner, operations).await.unwrap();
}

/// The `n` of a document, if it is there.
async fn n_of(store: &CosmosStore, owner: &str, id: &str) -> Option<i64> {
    store.get(ITEMS, owner, id).await.unwrap().map(|document| document.body["n"].as_i64().unwrap())
}
