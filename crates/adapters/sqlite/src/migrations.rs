//! The schema's versions, embedded, applied at start.

use std::path::Path;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Connection, SqlSafeStr, SqliteConnection};

use crate::ConnectError;

/// Every version in order. A released one is never edited: SQLite keeps its checksum and a changed one is refused.
const VERSIONS: [(i64, &str, &str); 10] = [
    (1, "initial", include_str!("../migrations/0001_initial.sql")),
    (2, "audit_subject", include_str!("../migrations/0002_audit_subject.sql")),
    (3, "challenge", include_str!("../migrations/0003_challenge.sql")),
    (4, "audit_seals", include_str!("../migrations/0004_audit_seals.sql")),
    (5, "challenge_analytics", include_str!("../migrations/0005_challenge_analytics.sql")),
    (6, "webhooks", include_str!("../migrations/0006_webhooks.sql")),
    (7, "quotas", include_str!("../migrations/0007_quotas.sql")),
    (8, "tryon_consent", include_str!("../migrations/0008_tryon_consent.sql")),
    (9, "size_charts", include_str!("../migrations/0009_size_charts.sql")),
    (10, "clothing_counts", include_str!("../migrations/0010_clothing_counts.sql")),
];

fn migrator() -> Migrator {
    let migrations =
        VERSIONS.map(|(version, name, sql)| Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false));
    Migrator::with_migrations(migrations.into())
}

/// Brings the schema to the newest version.
///
/// All of it is one immediate transaction: of processes that start together one migrates while the others wait for its write lock, and a
/// failure leaves the file as it was.
pub(crate) async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<(), ConnectError> {
    let known = VERSIONS.map(|(version, ..)| version).into_iter().max().unwrap_or_default();
    run(connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) if found > known => ConnectError::Newer { path: path.to_owned(), found, known },
        MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version) => {
            ConnectError::Changed { path: path.to_owned(), version }
        }
        source => ConnectError::Migration { path: path.to_owned(), source },
    })
}

async fn run(connection: &mut SqliteConnection) -> Result<(), MigrateError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    migrator().run_direct(None, &mut *transaction, false).await?;
    transaction.commit().await?;
    Ok(())
}
