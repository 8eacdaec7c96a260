//! Who migrates, when, and who does not.

use std::sync::Arc;

use atelier_adapter_mongo::{ConnectError, MigrationError, MongoAdministration, MongoOptions, MongoStore};
use atelier_domain::identity::IdentityStore;
use atelier_testkit::contract::present;
use atelier_testkit::{FixedClock, SeededSecrets};
use mongodb::bson::{DateTime, doc};

use crate::place::Place;

const ALL: [&str; 6] = [
    "0001 initial collections and indexes",
    "0002 prompt challenge",
    "0003 audit seals",
    "0004 documents of the source",
    "0005 webhooks",
    "0006 quotas",
];

async fn administration(place: &Place) -> MongoAdministration {
    MongoAdministration::connect(&place.secret(), Some(&place.name), MongoOptions::default()).await.unwrap()
}

async fn connect(place: &Place) -> Result<MongoStore, ConnectError> {
    MongoStore::connect(&place.secret(), Some(&place.name), MongoOptions::default(), Arc::new(FixedClock::new())).await
}

#[tokio::test]
async fn of_processes_that_start_together_on_an_empty_database_one_migrates_and_all_start() {
    let Some(place) = present(Place::new(), "starting together") else { return };
    let place = Arc::new(place);
    let starting: Vec<_> = (0..4)
        .map(|_| {
            let place = Arc::clone(&place);
            tokio::spawn(async move { connect(&place).await.map(drop) })
        })
        .collect();
    for started in starting {
        started.await.unwrap().unwrap();
    }
    let status = administration(&place).await.status().await.unwrap();
    assert_eq!((status.applied, status.pending), (ALL.map(str::to_owned).to_vec(), vec![]));
}

#[tokio::test]
async fn an_existing_database_is_not_migrated_by_starting_on_it() {
    let Some(place) = present(Place::new(), "existing database") else { return };
    place.raw_collection("users").await.insert_one(doc! { "email": "old@example.org" }).await.unwrap();
    let Err(error) = connect(&place).await else { panic!("it started") };
    assert!(matches!(&error, ConnectError::Pending { pending, .. } if pending[..] == ALL), "{error:?}");
    assert!(error.to_string().contains("atelier-admin migrate"), "{error}");
    assert_eq!(place.raw().await.list_collection_names().await.unwrap(), ["users"], "nothing was changed");

    let looking = administration(&place).await;
    assert_eq!(looking.status().await.unwrap().pending, ALL);
    assert_eq!(looking.migrate(&SeededSecrets::new()).await.unwrap(), ALL);
    assert_eq!(looking.migrate(&SeededSecrets::new()).await.unwrap(), Vec::<String>::new());
    connect(&place).await.unwrap();
    assert_eq!(place.raw_collection("users").await.count_documents(doc! {}).await.unwrap(), 1);
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_with_advice() {
    let Some(place) = present(Place::new(), "newer database") else { return };
    place.open().await.close().await;
    let records = place.raw_collection("schema_migrations").await;
    records.insert_one(doc! { "_id": 9_000_i64, "name": "from the future" }).await.unwrap();
    let Err(error) = connect(&place).await else { panic!("it started") };
    assert!(matches!(error, ConnectError::Newer { found: 9_000, known: 6, .. }), "{error:?}");
    assert!(error.to_string().contains("start the newer program"), "{error}");
    let migrated = administration(&place).await.migrate(&SeededSecrets::new()).await;
    assert!(matches!(migrated, Err(MigrationError::Newer { .. })), "{migrated:?}");
}

#[tokio::test]
async fn one_process_migrates_at_a_time_and_a_dead_ones_lock_ends() {
    let Some(place) = present(Place::new(), "migration lock") else { return };
    place.open().await.close().await;
    let records = place.raw_collection("schema_migrations").await;
    let held_until = async |at: DateTime| {
        records.update_one(doc! { "_id": "lock" }, doc! { "$set": { "owner": "another", "expires_at": at } }).await.unwrap();
    };
    let looking = administration(&place).await;
    held_until(DateTime::from_millis(DateTime::now().timestamp_millis() + 60_000)).await;
    assert!(matches!(looking.migrate(&SeededSecrets::new()).await, Err(MigrationError::Locked)));
    connect(&place).await.unwrap();
    held_until(DateTime::from_millis(DateTime::now().timestamp_millis() - 1_000)).await;
    looking.migrate(&SeededSecrets::new()).await.unwrap();
}

/// A process died between making the first collections and recording that it did.
#[tokio::test]
async fn a_first_migration_that_broke_off_is_finished_by_the_next_process() {
    let Some(place) = present(Place::new(), "broken migration") else { return };
    place.open().await.close().await;
    let raw = place.raw().await;
    raw.collection::<mongodb::bson::Document>("tryon").drop().await.unwrap();
    let records = place.raw_collection("schema_migrations").await;
    records.delete_many(doc! { "_id": { "$type": "long" } }).await.unwrap();
    connect(&place).await.unwrap();
    assert_eq!(administration(&place).await.index_drift().await.unwrap(), []);
}

/// The server's own message would tell the address.
#[tokio::test]
async fn documents_that_are_not_unique_are_told_without_their_value() {
    let Some(place) = present(Place::new(), "not unique") else { return };
    for _ in 0..2 {
        place.raw_collection("users").await.insert_one(doc! { "email": "twice@example.org" }).await.unwrap();
    }
    let error = administration(&place).await.migrate(&SeededSecrets::new()).await.unwrap_err();
    assert!(matches!(&error, MigrationError::NotUnique { constraint } if constraint == "users.email"), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("twice@"));
}

/// A database in use since before Prompt Challenge keeps what it has and gets what is new.
#[tokio::test]
async fn a_database_of_the_first_version_is_brought_up_to_date_by_migrating() {
    let Some(place) = present(Place::new(), "first version") else { return };
    place.open().await.close().await;
    for collection in
        ["participants", "hackathons", "enrolments", "conversations", "evaluations", "assignments", "results", "analytics", "audit_seals"]
    {
        place.raw_collection(collection).await.drop().await.unwrap();
    }
    place.raw_collection("users").await.insert_one(doc! { "email": "old@example.org" }).await.unwrap();
    place.raw_collection("schema_migrations").await.delete_many(doc! { "_id": { "$gt": 1_i64 } }).await.unwrap();
    let old = doc! { "at": DateTime::from_millis(0), "action": "contract.audited", "subject": "hackathon:x", "details": "" };
    place.raw_collection("audit").await.insert_one(old).await.unwrap();
    let Err(error) = connect(&place).await else { panic!("it started") };
    assert!(matches!(&error, ConnectError::Pending { pending, .. } if pending[..] == ALL[1..]), "{error:?}");
    let looking = administration(&place).await;
    assert_eq!(looking.migrate(&SeededSecrets::new()).await.unwrap(), ALL[1..]);
    assert_eq!(looking.index_drift().await.unwrap(), []);
    let store = connect(&place).await.unwrap();
    assert_eq!(store.audit().unsealed(atelier_testkit::noon(), 10).await.unwrap().len(), 1, "old entries are sealed, too");
    let late = doc! { "at": DateTime::from_millis(1), "action": "contract.audited", "subject": "hackathon:x", "details": "" };
    place.raw_collection("audit").await.insert_one(late).await.unwrap();
    assert_eq!(store.audit().unsealed(atelier_testkit::noon(), 10).await.unwrap().len(), 2, "those of the older program, too");
    assert_eq!(place.raw_collection("users").await.count_documents(doc! {}).await.unwrap(), 1);
}
