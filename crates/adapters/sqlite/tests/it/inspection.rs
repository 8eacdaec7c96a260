//! What operators see, and the end of a store.

use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::StoreError;
use atelier_testkit::account;

use crate::opening::Place;

#[tokio::test]
async fn tables_are_counted() {
    let place = Place::new();
    let store = place.open().await;
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    uow.accounts().insert(&account("one@example.org")).await.unwrap();
    uow.accounts().insert(&account("two@example.org")).await.unwrap();
    uow.commit().await.unwrap();
    let sizes = store.table_sizes().await.unwrap();
    let names: Vec<&str> = sizes.iter().map(|size| size.table.as_str()).collect();
    assert_eq!(
        names,
        [
            "analytics",
            "assignments",
            "audit",
            "audit_seals",
            "body",
            "clothing",
            "clothing_counts",
            "conversations",
            "email_verifications",
            "enrolments",
            "evaluations",
            "events",
            "favorites",
            "hackathon_words",
            "hackathons",
            "idempotency",
            "jobs",
            "magic_links",
            "messages",
            "participants",
            "password_reset",
            "refresh_tokens",
            "results",
            "sessions",
            "stored_items",
            "tryon",
            "tryon_clothing",
            "uploads",
            "usage",
            "users",
            "webhook_deliveries",
            "webhook_endpoints",
            "ws_tickets"
        ]
    );
    assert_eq!(sizes.iter().map(|size| size.rows).sum::<u64>(), 2);
    assert!(store.size_bytes().await.unwrap() > 4096);
}

/// Messages have no person's id of their own: they go with their conversation. Seals have digests only. Counts go with what they count.
#[tokio::test]
async fn every_table_holds_a_persons_id_but_those_of_hackathons_the_messages_and_the_seals() {
    let place = Place::new();
    let store = place.open().await;
    let mut all: Vec<String> = store.table_sizes().await.unwrap().into_iter().map(|size| size.table).collect();
    all.retain(|table| {
        !["audit_seals", "clothing_counts", "hackathon_words", "hackathons", "messages", "results"].contains(&table.as_str())
    });
    assert_eq!(store.tables_with_personal_data().await.unwrap(), all);
}

#[tokio::test]
async fn a_unit_of_work_shows_in_the_pool() {
    let place = Place::new();
    let store = place.open().await;
    // A connection goes back to its pool in a task of its own.
    while store.pool_stats().writer_busy {
        tokio::task::yield_now().await;
    }
    let uow = IdentityStore::begin(&store).await.unwrap();
    assert!(store.pool_stats().writer_busy);
    uow.commit().await.unwrap();
    store.table_sizes().await.unwrap();
    let stats = store.pool_stats();
    assert!((1..=stats.readers_max).contains(&stats.readers_open), "{stats:?}");
}

#[tokio::test]
async fn closing_twice_is_harmless_and_puts_everything_into_the_file() {
    let place = Place::new();
    let store = place.open().await;
    let person = account("closed@example.org");
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    uow.accounts().insert(&person).await.unwrap();
    uow.commit().await.unwrap();
    store.close().await;
    store.close().await;
    let log = place.path().with_file_name("atelier.db-wal");
    assert!(std::fs::metadata(log).map_or(0, |log| log.len()) == 0);
    assert!(matches!(IdentityStore::accounts(&store).find(person.id).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(IdentityStore::begin(&store).await.map(drop), Err(StoreError::Unavailable(_))));
}
