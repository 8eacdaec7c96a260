//! Connecting, with what is wrong about it.

use std::time::{Duration, Instant};

use atelier_adapter_cosmos::{ConnectionString, CosmosError, CosmosOptions, CosmosStore};
use atelier_testkit::contract::present;

/// Another key than the account's.
const WRONG: &str = "d3JvbmcgaW4gZXZlcnkgYml0IG9mIGl0";

#[tokio::test]
async fn a_wrong_key_is_refused_and_shown_nowhere() {
    let Some(account) = present(crate::account(), "a wrong key") else { return };
    let wrong: ConnectionString = format!("AccountEndpoint={};AccountKey={WRONG}", account.endpoint()).parse().unwrap();
    let error = CosmosStore::connect(&wrong, "anything", &CosmosOptions::default()).await.unwrap_err();
    assert_eq!(error, CosmosError::Unauthorized);
    let text = format!("{error} {error:?} {error:#?}");
    assert!(!text.contains(WRONG), "{text}");
}

#[tokio::test]
async fn an_account_that_does_not_answer_is_told_in_time_without_the_key() {
    let account: ConnectionString = format!("AccountEndpoint=http://127.0.0.1:1/;AccountKey={WRONG}").parse().unwrap();
    let started = Instant::now();
    let options = CosmosOptions { timeout: Duration::from_secs(4), ..CosmosOptions::default() };
    let error = CosmosStore::connect(&account, "anything", &options).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(8));
    assert!(matches!(error, CosmosError::Unavailable { .. }), "{error:?}");
    let text = format!("{error} {error:?}");
    assert!(!text.contains(WRONG), "{text}");
}

#[tokio::test]
async fn connecting_twice_finds_what_is_there() {
    let Some(account) = present(crate::account(), "connecting twice") else { return };
    let name = format!("test-{}", uuid::Uuid::new_v4());
    let one = CosmosStore::connect(&account, &name, &CosmosOptions::default()).await.unwrap();
    one.ensure_container(crate::ITEMS, "/owner").await.unwrap();
    crate::fill(&one, "ada", 1).await;
    let two = CosmosStore::connect(&account, &name, &CosmosOptions::default()).await.unwrap();
    two.ensure_container(crate::ITEMS, "/owner").await.unwrap();
    assert_eq!(crate::n_of(&two, "ada", "1").await, Some(1));
    two.ping().await.unwrap();
    two.drop_database().await.unwrap();
    assert_eq!(one.ping().await, Err(CosmosError::NotFound));
}

#[tokio::test]
async fn a_store_shows_its_database_and_no_key() {
    let Some(store) = crate::store("a store shows").await else { return };
    let text = format!("{store:#?}");
    assert!(text.contains("test-") && !text.contains("C2y6yDjf5"), "{text}");
}
