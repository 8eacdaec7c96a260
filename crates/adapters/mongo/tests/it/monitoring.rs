//! What operators see.

use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_mongo::{MongoOptions, MongoStore};
use atelier_domain::identity::IdentityStore;
use atelier_testkit::contract::present;
use atelier_testkit::{FixedClock, account, email};

use crate::log::Log;
use crate::place::Place;

#[tokio::test]
async fn slow_commands_are_logged_by_their_form_without_a_value() {
    let Some(place) = present(Place::new(), "slow commands") else { return };
    let (log, _guard) = Log::capture();
    let options = MongoOptions { slow_command: Duration::ZERO, ..MongoOptions::default() };
    let store = MongoStore::connect(&place.secret(), Some(&place.name), options, Arc::new(FixedClock::new())).await.unwrap();
    let person = account("ada.secret@example.org");
    for _ in 0..2 {
        let mut uow = IdentityStore::begin(&store).await.unwrap();
        // The second time it is a clash, whose message holds the value.
        let _clash = uow.accounts().insert(&person).await;
        let _ended = uow.commit().await;
    }
    IdentityStore::accounts(&store).find_by_email(&email("ada.secret@example.org")).await.unwrap();
    let text = log.text();
    assert!(text.contains("slow MongoDB command") && text.contains("filter: {email: ?}"), "{text}");
    assert!(text.contains("documents: [{_id: ?, email: ?"), "{text}");
    for value in ["ada.secret", "Lovelace", &person.id.to_string(), "$2b$"] {
        assert!(!text.contains(value), "{value} in {text}");
    }
}

#[tokio::test]
async fn quick_commands_are_not_logged() {
    let Some(place) = present(Place::new(), "quick commands") else { return };
    let (log, _guard) = Log::capture();
    let options = MongoOptions { slow_command: Duration::from_secs(60), ..MongoOptions::default() };
    MongoStore::connect(&place.secret(), Some(&place.name), options, Arc::new(FixedClock::new())).await.unwrap();
    assert!(!log.text().contains("slow MongoDB command"));
}

#[tokio::test]
async fn collections_are_measured() {
    let Some(place) = present(Place::new(), "sizes") else { return };
    let store = place.open().await;
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    uow.accounts().insert(&account("one@example.org")).await.unwrap();
    uow.accounts().insert(&account("two@example.org")).await.unwrap();
    uow.commit().await.unwrap();
    let sizes = store.collection_sizes().await.unwrap();
    let mut present: Vec<String> = place.raw().await.list_collection_names().await.unwrap();
    present.retain(|name| name != "schema_migrations");
    present.sort();
    assert_eq!(sizes.iter().map(|size| size.collection.clone()).collect::<Vec<_>>(), present, "every collection, by name");
    let users = sizes.iter().find(|size| size.collection == "users").unwrap();
    assert_eq!(users.documents, 2);
    assert!(users.bytes > 100 && users.index_bytes > 4096, "{users:?}");
    assert!(store.size_bytes().await.unwrap() > 4096);
}

#[tokio::test]
async fn the_pool_is_counted() {
    let Some(place) = present(Place::new(), "pool") else { return };
    let store = place.open().await;
    let stats = store.pool_stats();
    assert!(stats.open >= 1 && stats.busy <= stats.open && stats.max == 10, "{stats:?}");
    store.close().await;
}

/// Every collection names a person in one of its documents, but those of guards, hackathons and published results.
#[tokio::test]
async fn collections_with_personal_data_are_all_but_the_impersonal_ones() {
    let Some(place) = present(Place::new(), "personal data") else { return };
    let store = place.open().await;
    let mut all: Vec<String> = place.raw().await.list_collection_names().await.unwrap();
    all.retain(|name| !["schema_migrations", "guards", "hackathons", "results", "audit_seals"].contains(&name.as_str()));
    all.sort();
    assert_eq!(store.collections_with_personal_data(), all);
}
