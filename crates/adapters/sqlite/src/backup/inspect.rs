//! Whether a copy is a sound database with the rows it should have.

use std::path::Path;

use atelier_backup::{BackupError, CollectionEntry, Manifest};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};

/// The rows of each table.
pub(super) async fn tables(file: &Path) -> Result<Vec<CollectionEntry>, BackupError> {
    let failed = || BackupError::store("counting the rows");
    let mut connection = open(file).await?;
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    let names: Vec<String> = sqlx::query_scalar(names).fetch_all(&mut connection).await.map_err(failed())?;
    let mut tables = Vec::new();
    for name in names {
        // The name comes from the schema, not from outside.
        let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM \"{name}\""));
        let rows: i64 = sqlx::query_scalar(count).fetch_one(&mut connection).await.map_err(failed())?;
        tables.push(CollectionEntry { name, documents: rows.unsigned_abs(), id: None });
    }
    connection.close().await.map_err(failed())?;
    Ok(tables)
}

/// Checks a copy as SQLite does, then its rows against the manifest. Answers how many rows there are.
pub(super) async fn check(file: &Path, manifest: &Manifest, archive: &str) -> Result<u64, BackupError> {
    let differs = |what: String| BackupError::Differs { archive: archive.to_owned(), what };
    let mut connection = open(file).await?;
    let found: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_one(&mut connection)
        .await
        .map_err(BackupError::store("checking the copy"))?;
    connection.close().await.map_err(BackupError::store("checking the copy"))?;
    if found != "ok" {
        return Err(differs(found));
    }
    let tables = tables(file).await?;
    for expected in &manifest.collections {
        let rows = tables.iter().find(|table| table.name == expected.name).map_or(0, |table| table.documents);
        if rows != expected.documents {
            return Err(differs(format!("{} has {rows} rows instead of {}", expected.name, expected.documents)));
        }
    }
    Ok(tables.iter().map(|table| table.documents).sum())
}

/// Nobody else has the copy: nothing is locked, and nothing written beside it.
async fn open(file: &Path) -> Result<SqliteConnection, BackupError> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true);
    options.connect().await.map_err(BackupError::store("opening the copy"))
}
