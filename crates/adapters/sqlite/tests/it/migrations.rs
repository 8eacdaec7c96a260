//! The schema at start.

use std::sync::Arc;

use atelier_adapter_sqlite::{ConnectError, SqliteStore};
use atelier_domain::identity::IdentityStore;
use atelier_testkit::{FixedClock, account};
use sqlx::Row;

use crate::opening::Place;

async fn connect_error(place: &Place) -> ConnectError {
    SqliteStore::connect(place.path(), Arc::new(FixedClock::new())).await.map(drop).unwrap_err()
}

#[tokio::test]
async fn a_new_file_gets_the_whole_schema_and_every_start_finds_it() {
    let place = Place::new();
    let store = place.open().await;
    let person = account("first@example.org");
    let mut uow = IdentityStore::begin(&store).await.unwrap();
    uow.accounts().insert(&person).await.unwrap();
    uow.commit().await.unwrap();
    store.close().await;

    let again = place.open().await;
    assert!(IdentityStore::accounts(&again).find(person.id).await.unwrap().is_some());
    let mut raw = place.raw().await;
    let runs: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations WHERE version = 1").fetch_one(&mut raw).await.unwrap();
    assert_eq!(runs, 1);
}

#[tokio::test]
async fn processes_that_start_together_on_a_new_file_all_get_in() {
    let place = Place::new();
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let path = place.path();
            tokio::spawn(async move { SqliteStore::connect(path, Arc::new(FixedClock::new())).await.map(drop) })
        })
        .collect();
    for start in starts {
        start.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_refused_with_advice() {
    let place = Place::new();
    place.open().await.close().await;
    let mut raw = place.raw().await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9000, 'later', TRUE, x'00', 0)",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    let error = connect_error(&place).await;
    assert!(matches!(error, ConnectError::Newer { found: 9000, known: 10, .. }), "{error:?}");
    assert!(error.to_string().contains("start the newer program"), "{error}");
}

#[tokio::test]
async fn a_migration_changed_afterwards_is_refused() {
    let place = Place::new();
    place.open().await.close().await;
    sqlx::query("UPDATE _sqlx_migrations SET checksum = x'00'").execute(&mut place.raw().await).await.unwrap();
    let error = connect_error(&place).await;
    assert!(matches!(error, ConnectError::Changed { version: 1, .. }), "{error:?}");
}

#[tokio::test]
async fn a_failed_migration_leaves_the_file_as_it_was() {
    let place = Place::new();
    sqlx::query("CREATE TABLE favorites (something TEXT)").execute(&mut place.raw().await).await.unwrap();
    let error = connect_error(&place).await;
    assert!(matches!(error, ConnectError::Migration { .. }), "{error:?}");
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'").fetch_all(&mut place.raw().await).await.unwrap();
    assert_eq!(tables, ["favorites"]);
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let place = Place::new();
    std::fs::write(place.path(), "no database at all, but long enough to have a header of one hundred bytes, which this text now has.")
        .unwrap();
    let error = connect_error(&place).await;
    assert!(matches!(error, ConnectError::Open { .. }), "{error:?}");
}

#[tokio::test]
async fn a_missing_folder_is_made() {
    let place = Place::new();
    let path = place.path().with_file_name("new").join("folder").join("atelier.db");
    crate::opening::open(&path).await;
    assert!(path.exists());
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let _store = place.open().await;
    for name in ["atelier.db", "atelier.db-wal", "atelier.db-shm"] {
        let mode = std::fs::metadata(place.path().with_file_name(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

/// Checklist W25–W71, P60–P62, P96–P99, P131, P132, P162–P165, P187, P188: the index on these columns, as the first ones of one, unique where asked for.
#[tokio::test]
async fn every_index_of_the_source_documents_exists() {
    let place = Place::new();
    let _store = place.open().await;
    let mut raw = place.raw().await;
    let wanted: [(&str, &[&str], bool); 30] = [
        ("users", &["email"], true),
        ("users", &["created_at"], false),
        ("clothing", &["user_id"], false),
        ("clothing", &["user_id", "category"], false),
        ("clothing", &["user_id", "brand"], false),
        ("body", &["user_id"], true),
        ("tryon", &["user_id"], false),
        ("tryon", &["user_id", "body_id"], false),
        ("tryon", &["user_id", "status"], false),
        ("tryon", &["created_at"], false),
        ("favorites", &["user_id"], false),
        ("favorites", &["user_id", "tryon_id"], true),
        ("password_reset", &["user_id"], false),
        ("password_reset", &["expires_at"], false),
        ("idempotency", &["user_id", "key"], true),
        ("participants", &["role", "createdAt"], false),
        ("participants", &["createdAt"], false),
        ("conversations", &["studentId", "createdAt"], false),
        ("conversations", &["hackathonId", "createdAt"], false),
        ("conversations", &["hackathonId", "studentId"], false),
        ("conversations", &["versionFinale_soumisLe"], false),
        ("conversations", &["studentId", "updatedAt"], false),
        ("hackathons", &["statut", "dates_debut"], false),
        ("hackathons", &["dates_debut", "dates_fin"], false),
        ("hackathon_words", &["word"], false),
        ("evaluations", &["examinerId", "conversationId"], true),
        ("evaluations", &["examinerId", "gradedAt"], false),
        ("evaluations", &["hackathonId", "note"], false),
        ("evaluations", &["studentId", "gradedAt"], false),
        ("evaluations", &["hackathonId", "gradedAt"], false),
    ];
    for (table, columns, unique) in wanted {
        let rows = sqlx::query(
            "SELECT i.\"unique\" AS is_unique, (SELECT json_group_array(c.name ORDER BY c.seqno) FROM pragma_index_info(i.name) c) AS columns \
             FROM pragma_index_list(?) i WHERE i.partial = 0",
        )
        .bind(table)
        .fetch_all(&mut raw)
        .await
        .unwrap();
        let found = rows.iter().any(|row| {
            let of_index: Vec<String> = serde_json::from_str(row.get("columns")).unwrap();
            let leads = of_index.len() >= columns.len() && of_index.iter().zip(columns).all(|(name, wanted)| name == wanted);
            leads && (!unique || (row.get::<bool, _>("is_unique") && of_index.len() == columns.len()))
        });
        assert!(found, "{table} {columns:?} unique={unique}");
    }
}
