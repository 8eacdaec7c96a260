//! How the server executes every statement the store has: none reads a whole collection, no list is sorted.
//!
//! The statements are not copied here: the server's profiler takes down what arrives while every operation of every port is called once.

use std::time::Duration;

use atelier_adapter_mongo::MongoStore;
use atelier_domain::identity::{AccountFilter, IdentityStore, OneTimePurpose, PasswordReset, Role};
use atelier_domain::kernel::{
    AuditEntry, AuditId, ClothingId, Cursor, EntityId, EventFeed, EventKind, IdempotencyKey, IdempotencyRecord, JobQueue, NewEvent, Page,
    UserId,
};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::integrity::FileKind;
use atelier_domain::wearit::tryon::{TryOnFilter, TryOnStatus};
use atelier_domain::wearit::wardrobe::{Category, ClothingFilter, ClothingSort};
use atelier_testkit::contract::present;
use atelier_testkit::{
    account, body, clothing, favorite, job, noon, one_time_token, password_reset, refresh_token, session, tryon, upload, user,
};
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};

use crate::place::Place;

fn pages() -> [Page; 3] {
    let after = Cursor { key: noon().timestamp_millis().to_string(), id: [1; 12] };
    [Page::default(), Page { skip: 10, ..Page::default() }, Page { after: Some(after), ..Page::default() }]
}

async fn identity(store: &MongoStore, person: UserId) {
    let mut uow = IdentityStore::begin(store).await.unwrap();
    let owner = account("plans@example.org");
    uow.accounts().insert(&owner).await.unwrap();
    uow.accounts().find(owner.id).await.unwrap();
    uow.accounts().find_by_email(&owner.email).await.unwrap();
    uow.accounts().update(&owner).await.unwrap();
    uow.accounts().count_active(Role::Admin).await.unwrap();
    uow.accounts().delete(user()).await.unwrap();
    let device = session(person);
    uow.sessions().insert(&device).await.unwrap();
    uow.sessions().find(device.id).await.unwrap();
    uow.sessions().update(&device).await.unwrap();
    uow.sessions().revoke_all(person, Some(device.id), noon()).await.unwrap();
    uow.sessions().add_token(&refresh_token(&device, "d")).await.unwrap();
    uow.sessions().use_token("d", noon()).await.unwrap();
    uow.sessions().purge_ended(noon()).await.unwrap();
    uow.sessions().delete_all(user()).await.unwrap();
    uow.resets().replace(&password_reset(person, "c")).await.unwrap();
    uow.resets().find(person).await.unwrap();
    uow.resets().count_try(person).await.unwrap();
    uow.resets().purge_expired(noon() - PasswordReset::LIFETIME).await.unwrap();
    uow.resets().delete(person).await.unwrap();
    for purpose in OneTimePurpose::ALL {
        uow.one_time_tokens().insert(&one_time_token(purpose, person, "t")).await.unwrap();
        uow.one_time_tokens().take(purpose, "t", noon()).await.unwrap();
        uow.one_time_tokens().delete_all(purpose, person).await.unwrap();
    }
    uow.one_time_tokens().purge_expired(noon()).await.unwrap();
    uow.commit().await.unwrap();

    let accounts = IdentityStore::accounts(store);
    accounts.stats().await.unwrap();
    for role in [None, Some(Role::User)] {
        for page in &pages() {
            accounts.list(&AccountFilter { role }, page).await.unwrap();
        }
    }
    store.sessions().live(person, noon()).await.unwrap();
    store.audit_of(person).await.unwrap();
    store.erase_kernel_rows(user()).await.unwrap();
}

async fn wearit(store: &MongoStore, person: UserId) {
    let (figure, garment) = (body(person), clothing(person));
    let wish = tryon(person, figure.id, garment.id);
    let mut uow = WearitStore::begin(store).await.unwrap();
    uow.clothing().insert(&garment).await.unwrap();
    uow.clothing().find(person, garment.id).await.unwrap();
    uow.clothing().update(&garment).await.unwrap();
    uow.clothing().delete(person, ClothingId::from_bytes([5; 12])).await.unwrap();
    uow.bodies().insert(&figure).await.unwrap();
    uow.bodies().find(person).await.unwrap();
    uow.bodies().update(&figure).await.unwrap();
    uow.bodies().delete(user()).await.unwrap();
    uow.tryons().insert(&wish).await.unwrap();
    uow.tryons().find(person, wish.id).await.unwrap();
    let mut other_garment = wish.clone();
    other_garment.clothing_ids = vec![ClothingId::from_bytes([6; 12])];
    uow.tryons().update(&other_garment).await.unwrap();
    uow.tryons().unfinished_with_clothing(person, garment.id).await.unwrap();
    uow.tryons().unfinished_on_body(person, figure.id).await.unwrap();
    uow.tryons().forget_clothing(person, garment.id).await.unwrap();
    uow.tryons().forget_body(person, figure.id).await.unwrap();
    uow.favorites().insert(&favorite(&wish)).await.unwrap();
    uow.favorites().find(person, wish.id).await.unwrap();
    uow.favorites().delete(user(), wish.id).await.unwrap();
    let temporary = upload(person);
    uow.uploads().insert(&temporary).await.unwrap();
    uow.uploads().find(person, temporary.id).await.unwrap();
    uow.uploads().delete(person, temporary.id).await.unwrap();
    uow.uploads().take_expired(noon(), 10).await.unwrap();
    uow.commit().await.unwrap();

    for page in &pages() {
        for sort in [ClothingSort::Newest, ClothingSort::Oldest, ClothingSort::Name] {
            for (category, brand, q) in [
                (None, None, None),
                (Some(Category::Tops), None, None),
                (None, Some("Plain".to_owned()), None),
                (None, None, Some("shirt".to_owned())),
            ] {
                store.clothing().list(person, &ClothingFilter { category, brand, q, sort }, page).await.unwrap();
            }
        }
        for status in [None, Some(TryOnStatus::Pending)] {
            for body_id in [None, Some(figure.id)] {
                for clothing_id in [None, Some(garment.id)] {
                    store.tryons().list(person, &TryOnFilter { status, body_id, clothing_id }, page).await.unwrap();
                }
            }
        }
        WearitStore::favorites(store).list(person, page).await.unwrap();
    }
    store.clothing().find_many(person, &[garment.id]).await.unwrap();
    store.clothing().stats(person).await.unwrap();
    store.tryons().find_many(person, &[wish.id]).await.unwrap();
    store.tryons().unfinished_before(noon(), 10).await.unwrap();
    store.tryons().completed_before(noon(), 10).await.unwrap();
    WearitStore::favorites(store).marked(person, &[wish.id]).await.unwrap();
    for kind in [FileKind::Clothing, FileKind::Body, FileKind::TryOn] {
        for after in [None, Some([1; 12])] {
            store.file_owners(kind, after, 10).await.unwrap();
        }
    }
    let mut uow = WearitStore::begin(store).await.unwrap();
    uow.tryons().delete(person, wish.id).await.unwrap();
    uow.commit().await.unwrap();
    store.erase_rows(person).await.unwrap();
}

async fn kernel(store: &MongoStore, person: UserId) {
    let lease_for = Duration::from_secs(1);
    let mut uow = WearitStore::begin(store).await.unwrap();
    uow.jobs().is_live("key").await.unwrap();
    uow.jobs().enqueue(&job("test.others").unique("key")).await.unwrap();
    for _ in 0..6 {
        uow.jobs().enqueue(&job("test.plans").for_user(person)).await.unwrap();
    }
    uow.events()
        .append(&NewEvent { user_id: person, kind: EventKind::TryOnDeleted { tryon_id: EntityId::from_bytes([1; 12]) }, at: noon() })
        .await
        .unwrap();
    let (id, key) = (AuditId::from_bytes([1; 12]), IdempotencyKey::parse("k").unwrap());
    let entry =
        AuditEntry { id, at: noon(), actor: Some(person), action: "test.plans".into(), subject: String::new(), details: String::new() };
    uow.audit().append(&entry).await.unwrap();
    uow.idempotency().find(person, &key, noon()).await.unwrap();
    let record = IdempotencyRecord {
        user_id: person,
        key,
        fingerprint: String::new(),
        resource: String::new(),
        expires_at: noon() + IdempotencyKey::LIFETIME,
    };
    uow.idempotency().insert(&record, noon()).await.unwrap();
    uow.commit().await.unwrap();

    let claim = async || store.claim("w", &["test.plans"], noon(), lease_for).await.unwrap().unwrap().lease;
    store.heartbeat(claim().await, noon(), lease_for).await.unwrap();
    store.retry(claim().await, noon(), "again").await.unwrap();
    store.fail(claim().await, noon(), "never").await.unwrap();
    store.release(claim().await, noon()).await.unwrap();
    for settle in ["complete", "forget"] {
        let lease = claim().await;
        let mut uow = WearitStore::begin(store).await.unwrap();
        uow.jobs().guard(lease).await.unwrap();
        if settle == "complete" {
            uow.jobs().complete(lease, noon()).await.unwrap();
        } else {
            uow.jobs().forget(lease).await.unwrap();
        }
        uow.commit().await.unwrap();
    }
    store.counts().await.unwrap();
    store.queued_before("test.plans", noon()).await.unwrap();
    store.purge(noon()).await.unwrap();
    store.after(person, 0, 10).await.unwrap();
    store.bounds(person).await.unwrap();
}

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
    let list = entry.get_document("command").is_ok_and(|command| command.contains_key("limit"));
    (list && entry.get_bool("hasSortStage").unwrap_or(false)).then(|| "sorts in memory".to_owned())
}

#[tokio::test]
async fn no_statement_reads_a_whole_collection_and_no_list_is_sorted() {
    let Some(place) = present(Place::new(), "plans") else { return };
    let store = place.open().await;
    let raw = place.raw().await;
    raw.run_command(doc! { "profile": 2 }).await.unwrap();
    let person = user();
    identity(&store, person).await;
    wearit(&store, person).await;
    kernel(&store, person).await;
    raw.run_command(doc! { "profile": 0 }).await.unwrap();

    let profile = raw.collection::<Document>("system.profile");
    let entries: Vec<Document> = profile.find(doc! {}).await.unwrap().try_collect().await.unwrap();
    let planned = entries.iter().filter(|entry| entry.contains_key("planSummary")).count();
    assert!(planned > 150, "the profiler saw {planned} statements only");
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
