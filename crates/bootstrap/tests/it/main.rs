//! What holds only over all contexts together, on the real embedded store.

use std::collections::BTreeSet;
use std::sync::Arc;

use atelier_adapter_memory::{MemoryAttemptLimiter, MemoryMailer, MemoryObjectStore};
use atelier_adapter_sqlite::SqliteStore;
use atelier_domain::challenge::ChallengePersonalData;
use atelier_domain::identity::{IdentityPersonalData, IdentityPorts, IdentityStore};
use atelier_domain::kernel::{AuditEntry, Clock, ObjectKey, ObjectPrefix, ObjectStore, PersonalData, UserId};
use atelier_domain::wearit::WearitPersonalData;
use atelier_testkit::{FixedClock, PassthroughImages, PlainHasher, PlainTokenSigner, SeededIds, SeededSecrets};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

fn ports(store: &SqliteStore, objects: &Arc<MemoryObjectStore>, clock: Arc<dyn Clock>) -> IdentityPorts {
    IdentityPorts {
        store: Arc::new(store.clone()),
        events: Arc::new(store.clone()),
        objects: objects.clone(),
        images: Arc::new(PassthroughImages),
        hasher: Arc::new(PlainHasher::new()),
        signer: Arc::new(PlainTokenSigner::new()),
        secrets: Arc::new(SeededSecrets::new()),
        limiter: Arc::new(MemoryAttemptLimiter::new(clock.clone())),
        mailer: Arc::new(MemoryMailer::new()),
        clock,
        ids: Arc::new(SeededIds::new(1)),
    }
}

#[tokio::test]
async fn every_table_that_holds_a_persons_id_is_claimed_by_the_personal_data_of_one_context() {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::new());
    let store = SqliteStore::connect(folder.path().join("atelier.sqlite"), clock.clone()).await.unwrap();
    let objects = Arc::new(MemoryObjectStore::new(clock.clone()));
    let identity = IdentityPersonalData::new(ports(&store, &objects, clock));
    let wearit = WearitPersonalData::new(Arc::new(store.clone()), objects);
    let challenge = ChallengePersonalData::new(Arc::new(store.clone()), Arc::new(SeededIds::new(2)));
    let claims: Vec<&str> = [identity.collections(), wearit.collections(), challenge.collections()].concat();
    let claimed: BTreeSet<&str> = claims.iter().copied().collect();
    assert_eq!(claims.len(), claimed.len(), "claimed twice: {claims:?}");
    let unclaimed: Vec<String> =
        store.tables_with_personal_data().await.unwrap().into_iter().filter(|table| !claimed.contains(table.as_str())).collect();
    assert!(unclaimed.is_empty(), "nobody exports and erases {unclaimed:?}");
    store.close().await;
}

/// Fills every table of identity and WearIT with a row that names the person in each of its texts, erases, and looks for the name.
#[tokio::test]
async fn no_table_names_an_erased_person() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("atelier.sqlite");
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::new());
    let store = SqliteStore::connect(path.clone(), clock.clone()).await.unwrap();
    let person: UserId = SeededIds::new(5).make();
    let challenge = ChallengePersonalData::new(Arc::new(store.clone()), Arc::new(SeededIds::new(2)));
    // Prompt Challenge keeps what others are judged by: its own suites tell what is left. The others name nobody.
    let elsewhere: BTreeSet<&str> =
        challenge.collections().iter().copied().chain(["audit_seals", "hackathon_words", "hackathons", "messages", "results"]).collect();

    let options = SqliteConnectOptions::new().filename(&path).foreign_keys(false);
    let mut raw = SqliteConnection::connect_with(&options).await.unwrap();
    let mut filled = BTreeSet::new();
    for table in store.table_sizes().await.unwrap().into_iter().map(|size| size.table) {
        if elsewhere.contains(table.as_str()) {
            continue;
        }
        if table == "clothing_counts" {
            // filled by the garment's row
            filled.insert(table);
            continue;
        }
        let columns = sqlx::query(AssertSqlSafe(format!("SELECT name, type FROM pragma_table_info('{table}')"))).fetch_all(&mut raw).await;
        let columns: Vec<(String, String)> = columns.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
        let value = |(name, kind): &(String, String)| match (name.as_str(), kind.as_str()) {
            ("subject", _) => format!("'{}'", AuditEntry::account(person)),
            // it goes with its try-on
            ("tryon_id", _) if table == "tryon_clothing" => "'aaaaaaaaaaaaaaaaaaaaaaaa'".to_owned(),
            ("_id", _) if table != "users" => "'aaaaaaaaaaaaaaaaaaaaaaaa'".to_owned(),
            (_, "TEXT") => format!("'{person}'"),
            _ => "1".to_owned(),
        };
        let names: Vec<_> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let values: Vec<_> = columns.iter().map(value).collect();
        let insert = format!("INSERT INTO \"{table}\" ({}) VALUES ({})", names.join(", "), values.join(", "));
        sqlx::query(AssertSqlSafe(insert)).execute(&mut raw).await.unwrap_or_else(|error| panic!("{table}: {error}"));
        filled.insert(table);
    }
    for table in ["tryon_clothing", "usage", "stored_items", "webhook_endpoints", "webhook_deliveries", "uploads", "jobs", "audit"] {
        assert!(filled.contains(table), "{table}");
    }

    let objects = Arc::new(MemoryObjectStore::new(clock.clone()));
    let identity = IdentityPersonalData::new(ports(&store, &objects, clock));
    identity.erase(person).await.unwrap();
    WearitPersonalData::new(Arc::new(store.clone()), objects).erase(person).await.unwrap();
    store.erase_kernel_rows(person).await.unwrap();
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    uow.accounts().delete(person).await.unwrap();
    uow.commit().await.unwrap();

    for table in &filled {
        let columns =
            sqlx::query(AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}')"))).fetch_all(&mut raw).await.unwrap();
        for column in columns.iter().map(|row| row.get::<String, _>(0)) {
            let count = format!("SELECT COUNT(*) FROM \"{table}\" WHERE CAST(\"{column}\" AS TEXT) LIKE '%{person}%'");
            let left: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut raw).await.unwrap();
            // What an audit entry tells stays; whom it names does not.
            let stays = table == "audit" && !["actor", "subject"].contains(&column.as_str());
            assert!(left == 0 || stays, "{table}.{column}");
        }
    }
    store.close().await;
}

/// Every key that the product can make lies in a folder that erasure deletes: the source of the keys is read, so that a new kind is noticed.
#[tokio::test]
async fn no_kind_of_object_is_left_out_of_erasure() {
    let source = include_str!("../../../domain/src/kernel/object_key.rs");
    let made: BTreeSet<&str> = source
        .lines()
        .filter_map(|line| line.split_once("format!(\"")?.1.split_once('/'))
        .map(|(kind, _)| kind)
        .filter(|kind| kind.chars().all(|c| c.is_ascii_lowercase()))
        .collect();
    assert!(made.len() >= 5, "the builders of keys are not found: {made:?}");
    let person: UserId = SeededIds::new(5).make();
    let erased: BTreeSet<String> = ObjectPrefix::of_user(person).iter().map(|prefix| prefix.as_str().to_owned()).collect();
    for kind in &made {
        assert!(erased.contains(&format!("{kind}/{person}/")), "nobody erases {kind}/");
    }

    let clock: Arc<dyn Clock> = Arc::new(FixedClock::new());
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::connect(folder.path().join("atelier.sqlite"), clock.clone()).await.unwrap();
    let objects = Arc::new(MemoryObjectStore::new(clock));
    let other: UserId = SeededIds::new(6).make();
    for owner in [person, other] {
        for kind in &made {
            let key = ObjectKey::parse(&format!("{kind}/{owner}/something.jpg")).unwrap();
            objects.put(&key, "bytes".into(), "image/jpeg").await.unwrap();
        }
    }
    WearitPersonalData::new(Arc::new(store.clone()), objects.clone()).erase(person).await.unwrap();
    let left: Vec<String> = objects.keys().iter().map(ToString::to_string).collect();
    assert_eq!(left.len(), made.len(), "{left:?}");
    assert!(left.iter().all(|key| key.contains(&other.to_string())), "{left:?}");
    store.close().await;
}
