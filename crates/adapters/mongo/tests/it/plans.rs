//! How the server executes every statement the store has: none reads a whole collection, no list is sorted, no conversation is read with
//! its messages.
//!
//! The statements are not copied here: the server's profiler takes down what arrives while every operation of every port is called once.

use std::sync::Arc;

use atelier_domain::kernel::{Cursor, Page};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::wardrobe::ClothingFilter;
use atelier_testkit::contract::{ChallengeUnderTest, StoreUnderTest, challenge, every_operation, present};
use atelier_testkit::{clothing, noon, user};
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};

use crate::place::Place;

/// What the profile says against the statement, if anything.
fn complaint(entry: &Document) -> Option<String> {
    let collection = entry.get_str("ns").ok()?.split_once('.')?.1;
    let plan = entry.get_str("planSummary").unwrap_or_default();
    let examined = entry.get_i32("docsExamined").unwrap_or(0) + entry.get_i32("keysExamined").unwrap_or(0);
    // The records of the migrations are few and read once; an insert has no plan.
    if collection.starts_with("system.") || collection == "schema_migrations" {
        return None;
    }
    if plan.contains("COLLSCAN") {
        return Some(format!("reads a whole collection ({examined} examined)"));
    }
    let command = entry.get_document("command").cloned().unwrap_or_default();
    let whole = !["projection", "fields", "pipeline", "updates"].iter().any(|part| command.contains_key(part));
    if collection == "conversations" && (command.contains_key("find") || command.contains_key("findAndModify")) && whole {
        return Some("reads a conversation with its messages".to_owned());
    }
    let list = command.contains_key("limit");
    (list && entry.get_bool("hasSortStage").unwrap_or(false)).then(|| "sorts in memory".to_owned())
}

#[tokio::test]
async fn no_statement_reads_a_whole_collection_and_no_list_is_sorted() {
    let Some(place) = present(Place::new(), "plans") else { return };
    let store = place.open().await;
    let raw = place.raw().await;
    raw.run_command(doc! { "profile": 2 }).await.unwrap();
    every_operation::call(&StoreUnderTest::of(Arc::new(store.clone()), ())).await;
    challenge::every_operation::call(&ChallengeUnderTest::of(Arc::new(store), ())).await;
    raw.run_command(doc! { "profile": 0 }).await.unwrap();

    let profile = raw.collection::<Document>("system.profile");
    let entries: Vec<Document> = profile.find(doc! {}).await.unwrap().try_collect().await.unwrap();
    let planned = entries.iter().filter(|entry| entry.contains_key("planSummary")).count();
    assert!(planned > 280, "the profiler saw {planned} statements only");
    let complaints: Vec<String> = entries
        .iter()
        .filter_map(|entry| complaint(entry).map(|complaint| format!("{complaint}: {}", entry.get("command").unwrap())))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Deep pages enter the index where they continue.
#[tokio::test]
async fn a_deep_page_examines_no_more_than_it_shows() {
    let Some(place) = present(Place::new(), "deep pages") else { return };
    let store = place.open().await;
    let person = user();
    let mut uow = WearitStore::begin(&store).await.unwrap();
    for minutes in 0..200 {
        let created_at = noon() + chrono::TimeDelta::minutes(minutes);
        uow.clothing().insert(&atelier_domain::wearit::wardrobe::Clothing { created_at, ..clothing(person) }).await.unwrap();
    }
    uow.commit().await.unwrap();
    let raw = place.raw().await;
    raw.run_command(doc! { "profile": 2 }).await.unwrap();
    let after = Cursor { key: (noon() + chrono::TimeDelta::minutes(20)).timestamp_millis().to_string(), id: [0; 12] };
    let page = Page { after: Some(after), ..Page::default() };
    let shown = WearitStore::clothing(&store).list(person, &ClothingFilter::default(), &page).await.unwrap();
    assert_eq!(shown.items.len(), 10);
    let profile = raw.collection::<Document>("system.profile");
    let listed = profile.find_one(doc! { "op": "query", "ns": format!("{}.clothing", place.name) }).await.unwrap().unwrap();
    assert!(listed.get_i32("keysExamined").unwrap() <= 13, "{listed}");
}
