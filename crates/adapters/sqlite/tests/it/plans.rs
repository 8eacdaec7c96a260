//! How SQLite executes every statement the store has: none reads a whole table, no list is sorted.
//!
//! The statements are not copied here: a subscriber takes down what sqlx runs while every operation of every port is called once.

use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use atelier_adapter_sqlite::SqliteStore;
use atelier_domain::identity::{AccountFilter, IdentityStore, OneTimePurpose, PasswordReset, Role};
use atelier_domain::kernel::{
    AuditEntry, AuditId, ClothingId, Cursor, EntityId, EventFeed, EventKind, IdempotencyKey, IdempotencyRecord, JobQueue, NewEvent, Page,
    UserId,
};
use atelier_domain::wearit::WearitStore;
use atelier_domain::wearit::tryon::{TryOnFilter, TryOnStatus};
use atelier_domain::wearit::wardrobe::{Category, ClothingFilter, ClothingSort};
use atelier_testkit::{
    account, body, clothing, favorite, job, noon, one_time_token, password_reset, refresh_token, session, tryon, upload, user,
};
use sqlx::{AssertSqlSafe, Row, SqliteConnection};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::opening::Place;

static STATEMENTS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Takes down the text of every statement.
struct Recorder;

#[derive(Default)]
struct Statement {
    summary: String,
    whole: String,
}

impl tracing::field::Visit for Statement {
    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        match field.name() {
            "summary" => value.trim().clone_into(&mut self.summary),
            "db.statement" => value.trim().clone_into(&mut self.whole),
            _ => {}
        }
    }

    fn record_debug(&mut self, _field: &tracing::field::Field, _value: &dyn std::fmt::Debug) {}
}

impl<S: tracing::Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &tracing::Event<'_>, _context: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut statement = Statement::default();
            event.record(&mut statement);
            // A short statement is its own summary.
            let text = if statement.whole.is_empty() { statement.summary } else { statement.whole };
            STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner).insert(text);
        }
    }
}

fn record() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let sqlx_only = tracing_subscriber::filter::Targets::new().with_target("sqlx::query", tracing::Level::TRACE);
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Recorder.with_filter(sqlx_only))).unwrap();
    });
}

fn pages() -> [Page; 3] {
    let after = Cursor { key: noon().timestamp_millis().to_string(), id: [1; 12] };
    [Page::default(), Page { skip: 10, ..Page::default() }, Page { after: Some(after), ..Page::default() }]
}

async fn identity(store: &SqliteStore, person: UserId) {
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

async fn wearit(store: &SqliteStore, person: UserId) {
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
    let mut uow = WearitStore::begin(store).await.unwrap();
    uow.tryons().delete(person, wish.id).await.unwrap();
    uow.commit().await.unwrap();
    store.erase_rows(person).await.unwrap();
}

async fn kernel(store: &SqliteStore, person: UserId) {
    let lease_for = Duration::from_secs(1);
    let mut uow = WearitStore::begin(store).await.unwrap();
    uow.jobs().is_live("key").await.unwrap();
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
    // The watcher asks for the events it has not heard of.
    let place_of_another = store.path().to_owned();
    crate::wake_ups::append(&crate::opening::open(&place_of_another).await, person).await;
    store.changed(person, Duration::from_secs(10)).await;
}

/// What the plan says against the statement, if anything.
fn complaint(statement: &str, plan: &[String]) -> Option<String> {
    let whole_table = plan.iter().find(|step| {
        // A virtual table is a list given as a parameter; counts is the statement's own short list of categories.
        step.starts_with("SCAN ")
            && !step.contains(" USING ")
            && !step.contains("VIRTUAL TABLE")
            && !step.ends_with("CONSTANT ROW")
            && *step != "SCAN counts"
    });
    let sorted = plan.iter().find(|step| {
        step.contains("TEMP B-TREE FOR ORDER BY") && statement.contains("LIMIT") && !plan.iter().any(|step| step == "SCAN counts")
    });
    whole_table.or(sorted).cloned()
}

async fn plan(raw: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"))).fetch_all(raw).await;
    rows.unwrap_or_else(|error| panic!("{statement}: {error}")).iter().map(|row| row.get("detail")).collect()
}

#[tokio::test]
async fn no_statement_reads_a_whole_table_and_no_list_is_sorted() {
    record();
    let place = Place::new();
    let store = place.open().await;
    let person = user();
    identity(&store, person).await;
    wearit(&store, person).await;
    kernel(&store, person).await;
    store.close().await;

    let statements: Vec<String> = STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
    let mut raw = place.raw().await;
    let mut explained = 0;
    let mut complaints = Vec::new();
    for statement in &statements {
        let first = statement.split_whitespace().next().unwrap_or_default();
        if !["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&first)
            || statement.contains("_schema")
            || statement.contains("_sqlx")
        {
            continue;
        }
        let plan = plan(&mut raw, statement).await;
        explained += 1;
        if let Some(step) = complaint(statement, &plan) {
            complaints.push(format!("{step}\n    in {statement}\n    {plan:#?}"));
        }
    }
    assert!(complaints.is_empty(), "{} of {explained} statements:\n{}", complaints.len(), complaints.join("\n"));
    assert!(explained >= 100, "only {explained} statements were seen: is the recorder at work?");
}

#[tokio::test]
async fn a_plan_that_scans_or_sorts_is_complained_about() {
    let place = Place::new();
    let _store = place.open().await;
    let mut raw = place.raw().await;
    for bad in [
        "SELECT * FROM users WHERE name = ?",
        "SELECT * FROM tryon, json_each(?) WHERE tryon.stage = json_each.value",
        "SELECT * FROM clothing WHERE user_id = ? ORDER BY updated_at DESC LIMIT ?",
    ] {
        let plan = plan(&mut raw, bad).await;
        assert!(complaint(bad, &plan).is_some(), "{bad}: {plan:?}");
    }
}
