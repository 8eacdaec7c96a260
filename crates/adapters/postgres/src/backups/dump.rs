//! Taking a backup: one snapshot is counted and dumped.

use std::path::Path;
use std::process::Stdio;

use atelier_backup::{BackupError, EngineKind, Kind, Manifest};
use atelier_domain::dataservice::StreamSealer;
use atelier_domain::kernel::Timestamp;
use sqlx::Connection;

use super::login::Login;
use super::sealed;
use super::survey::{self, LEFT_OUT, ROWS_LEFT_OUT};
use super::tools::{Tools, judge, last_words, spawn};

/// Milliseconds a dump waits for a table that a migration holds.
const LOCK_WAIT: &str = "--lock-wait-timeout=300000";

/// Writes the sealed dump into a folder, and answers what it holds.
pub(super) async fn take(
    login: &Login,
    tools: &Tools,
    sealer: &dyn StreamSealer,
    into: &Path,
    now: Timestamp,
) -> Result<Manifest, BackupError> {
    let mut keeper = login.connect(login.database()).await.map_err(BackupError::store("connecting to PostgreSQL"))?;
    let failed = || BackupError::store("opening the snapshot");
    let server = survey::server_version(&mut keeper).await.map_err(failed())?;
    let mut command = tools.at_least("pg_dump", server).await?;
    // For as long as this transaction is open, its snapshot is there for the dump, too.
    sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(&mut keeper).await.map_err(failed())?;
    let snapshot: String = sqlx::query_scalar("SELECT pg_export_snapshot()").fetch_one(&mut keeper).await.map_err(failed())?;
    let found = survey::survey(&mut keeper).await?;
    let mut manifest = Manifest::new(EngineKind::Postgresql, Kind::Full, login.database(), now);
    manifest.collections = found.tables;
    manifest.postgresql = Some(survey::facts(&mut keeper, found.migration).await?);

    login.give_to(&mut command);
    // The tables' owner is held to row-level security as well. The survey has made sure that its policies hide nothing from it.
    command.args(["--format=custom", "--no-password", "--enable-row-security", "--no-blobs", LOCK_WAIT]);
    command.args(["--no-publications", "--no-subscriptions", "--no-security-labels"]);
    command.arg(format!("--snapshot={snapshot}"));
    command.args(LEFT_OUT.map(|table| format!("--exclude-table={table}")));
    command.args(ROWS_LEFT_OUT.map(|table| format!("--exclude-table-data={table}")));
    let mut dump = spawn("pg_dump", command.stdout(Stdio::piped()))?;
    let Some(mut output) = dump.stdout.take() else { return Err(BackupError::store("starting pg_dump")("it has no output")) };
    let file = into.join(sealed::FILE);
    let context = sealed::context(&manifest);
    let errors = dump.stderr.take();
    let (written, said) = tokio::join!(sealed::seal(sealer, &context, &mut output, &file), last_words(errors));
    written?;
    let status = dump.wait().await.map_err(BackupError::store("waiting for pg_dump"))?;
    judge("pg_dump", status, said)?;
    keeper.close().await.map_err(BackupError::store("closing the snapshot"))?;
    Ok(manifest)
}
