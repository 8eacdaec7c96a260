//! What was applied, and the runs that did it.

use std::collections::BTreeMap;

use atelier_domain::dataservice::migrations::{AppliedMigration, MigrationRun, MigrationStatus, PendingMigration};
use atelier_domain::dataservice::{DataError, Rejected, RunState};
use atelier_domain::kernel::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{Executor, FromRow, PgConnection, Postgres, Row as _};

use super::file::MigrationFile;
use crate::error::data_error;

/// The engine's own tables; every statement may be repeated.
const BOOKS: &str = "
CREATE SCHEMA IF NOT EXISTS dataservice;
-- Holds no rows: whoever has locked it is the one run there may be. Unlike an advisory lock it cannot be taken by a leased login.
CREATE TABLE IF NOT EXISTS dataservice.migration_lock ();
CREATE TABLE IF NOT EXISTS dataservice.migrations (
    version TEXT PRIMARY KEY,
    description TEXT NOT NULL,
    checksum TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('started', 'applied')),
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_at TIMESTAMPTZ,
    duration_ms BIGINT,
    run_id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS dataservice.migration_runs (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('running', 'completed', 'failed', 'interrupted')),
    current_step INT NOT NULL DEFAULT 0,
    total_steps INT NOT NULL,
    remaining_seconds BIGINT,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    heartbeat_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    finished_at TIMESTAMPTZ,
    error TEXT
);
";

/// A run that was not heard of for so many seconds has lost its process.
const SILENT_SECONDS: i32 = 15;

/// Makes the engine's tables where they are not there yet.
pub(super) async fn open(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let there: bool = sqlx::query_scalar(
        "SELECT to_regclass('dataservice.migration_lock') IS NOT NULL
                                    AND to_regclass('dataservice.migration_runs') IS NOT NULL",
    )
    .fetch_one(&mut *connection)
    .await?;
    if there {
        return Ok(());
    }
    let mut tries = 0;
    while let Err(error) = sqlx::raw_sql(BOOKS).execute(&mut *connection).await {
        // Another process may be making them at the same moment.
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        let met_another = code.is_some_and(|code| matches!(code.as_ref(), "23505" | "42P06" | "42P07"));
        tries += 1;
        if !met_another || tries > 10 {
            return Err(error);
        }
    }
    Ok(())
}

struct Row {
    version: String,
    checksum: String,
    state: String,
    applied_at: Option<Timestamp>,
    duration_ms: Option<i64>,
}

struct RunRow {
    id: String,
    state: String,
    current_step: i32,
    total_steps: i32,
    remaining_seconds: Option<i64>,
    started_at: Timestamp,
    finished_at: Option<Timestamp>,
    error: Option<String>,
    is_silent: bool,
}

impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            version: row.try_get("version")?,
            checksum: row.try_get("checksum")?,
            state: row.try_get("state")?,
            applied_at: row.try_get("applied_at")?,
            duration_ms: row.try_get("duration_ms")?,
        })
    }
}

impl FromRow<'_, PgRow> for RunRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            state: row.try_get("state")?,
            current_step: row.try_get("current_step")?,
            total_steps: row.try_get("total_steps")?,
            remaining_seconds: row.try_get("remaining_seconds")?,
            started_at: row.try_get("started_at")?,
            finished_at: row.try_get("finished_at")?,
            error: row.try_get("error")?,
            is_silent: row.try_get("is_silent")?,
        })
    }
}

impl From<RunRow> for MigrationRun {
    fn from(row: RunRow) -> Self {
        let stored = row.state.parse().unwrap_or(RunState::Failed);
        Self {
            id: row.id,
            state: if stored == RunState::Running && row.is_silent { RunState::Interrupted } else { stored },
            current_step: row.current_step.unsigned_abs(),
            total_steps: row.total_steps.unsigned_abs(),
            remaining: row.remaining_seconds.map(|seconds| std::time::Duration::from_secs(seconds.unsigned_abs())),
            started_at: row.started_at,
            finished_at: row.finished_at,
            error: row.error,
        }
    }
}

/// One run.
pub(super) async fn run(connection: &mut PgConnection, id: &str) -> Result<Option<MigrationRun>, sqlx::Error> {
    let ask = "SELECT *, heartbeat_at < now() - make_interval(secs => $2) AS is_silent FROM dataservice.migration_runs WHERE id = $1";
    let found: Option<RunRow> = sqlx::query_as(ask).bind(id).bind(f64::from(SILENT_SECONDS)).fetch_optional(connection).await?;
    Ok(found.map(MigrationRun::from))
}

/// The files against what was applied.
pub(super) async fn status(connection: &mut PgConnection, files: &[MigrationFile]) -> Result<MigrationStatus, sqlx::Error> {
    let rows: Vec<Row> =
        sqlx::query_as("SELECT version, checksum, state, applied_at, duration_ms FROM dataservice.migrations ORDER BY version")
            .fetch_all(&mut *connection)
            .await?;
    let extensions: Vec<String> = sqlx::query_scalar("SELECT extname::text FROM pg_extension").fetch_all(&mut *connection).await?;
    let known: BTreeMap<&str, &Row> = rows.iter().map(|row| (row.version.as_str(), row)).collect();
    let mut status = MigrationStatus::default();
    for file in files {
        match known.get(file.version) {
            Some(row) if row.state == "started" => status.dirty.push(row.version.clone()),
            Some(row) if row.checksum != file.checksum() => status.checksum_mismatches.push(row.version.clone()),
            Some(_) => {}
            None if file.requires().is_some_and(|extension| !extensions.iter().any(|there| there == extension)) => {}
            None => status.pending.push(PendingMigration {
                version: file.version.to_owned(),
                description: file.description().to_owned(),
                estimated: file.estimated(),
            }),
        }
    }
    status.missing =
        rows.iter().map(|row| &row.version).filter(|version| files.iter().all(|file| file.version != **version)).cloned().collect();
    if let Some(newest) = rows.iter().rfind(|row| row.state == "applied") {
        status.current_version = Some(newest.version.clone());
    }
    let last = rows.iter().filter_map(|row| Some((row.applied_at?, row))).max_by_key(|(at, row)| (*at, row.version.clone()));
    status.last = last.map(|(applied_at, row)| AppliedMigration {
        version: row.version.clone(),
        applied_at,
        duration_ms: row.duration_ms.unwrap_or_default().unsigned_abs(),
    });
    let ask = "SELECT *, heartbeat_at < now() - make_interval(secs => $1) AS is_silent FROM dataservice.migration_runs
               WHERE state = 'running' ORDER BY started_at DESC LIMIT 1";
    let running: Option<RunRow> = sqlx::query_as(ask).bind(f64::from(SILENT_SECONDS)).fetch_optional(connection).await?;
    status.running = running.map(MigrationRun::from).filter(|run| run.state == RunState::Running);
    Ok(status)
}

fn conflict(code: &'static str, message: String, versions: &[String]) -> DataError {
    DataError::Conflict(Rejected::new(code, message).with("versions", versions.to_vec()))
}

/// What a run up to `target` applies.
///
/// # Errors
/// [`DataError::Conflict`], [`DataError::NotFound`]: the run may not begin.
pub(super) fn plan(status: &MigrationStatus, files: &[MigrationFile], target: Option<&str>) -> Result<Vec<MigrationFile>, DataError> {
    if let Some(target) = target {
        if files.iter().all(|file| file.version != target) {
            let rejected = Rejected::new("MIGRATION_NOT_FOUND", "this build has no migration of the target version");
            return Err(DataError::NotFound(rejected.with("target_version", target)));
        }
        if status.current_version.as_deref().is_some_and(|current| target < current) {
            let message = "the target lies behind the current version: go forward by a new migration, or restore a backup".to_owned();
            return Err(conflict("TARGET_BEHIND_CURRENT", message, &[target.to_owned()]));
        }
    }
    if !status.dirty.is_empty() {
        let message = "a migration began and was not seen to end: look at it, then POST /api/v1/migrations/{version}/resolve".to_owned();
        return Err(conflict("MIGRATION_DIRTY", message, &status.dirty));
    }
    if !status.checksum_mismatches.is_empty() {
        let message = "a migration was changed after it was applied: put its file back and write a new one".to_owned();
        return Err(conflict("CHECKSUM_MISMATCH", message, &status.checksum_mismatches));
    }
    let pending: Vec<_> = status.pending.iter().map(|pending| pending.version.clone()).collect();
    if let Some(current) = &status.current_version {
        // One that was left out for want of its extension comes when the extension is there: it depends on nothing later.
        let waits = |version: &String| files.iter().any(|file| file.version == version && file.requires().is_some());
        let behind: Vec<_> = pending.iter().filter(|version| *version < current && !waits(version)).cloned().collect();
        if !behind.is_empty() {
            let message = format!("{} comes before {current}, which is applied already: give it a later version", behind.join(", "));
            return Err(conflict("MIGRATION_OUT_OF_ORDER", message, &behind));
        }
    }
    let wanted =
        |file: &&MigrationFile| pending.iter().any(|version| version == file.version) && target.is_none_or(|target| file.version <= target);
    Ok(files.iter().filter(wanted).copied().collect())
}

/// Writes how a run stands.
pub(super) async fn keep<'c>(connection: impl Executor<'c, Database = Postgres>, run: &MigrationRun) -> Result<(), sqlx::Error> {
    let upsert =
        "INSERT INTO dataservice.migration_runs AS kept (id, state, current_step, total_steps, remaining_seconds, finished_at, error)
                  VALUES ($1, $2, $3, $4, $5, CASE WHEN $2 = 'running' THEN NULL ELSE now() END, $6)
                  ON CONFLICT (id) DO UPDATE SET state = $2, current_step = $3, remaining_seconds = $5, heartbeat_at = now(),
                      finished_at = excluded.finished_at, error = $6";
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    sqlx::query(upsert)
        .bind(&run.id)
        .bind(run.state.as_str())
        .bind(number(run.current_step))
        .bind(number(run.total_steps))
        .bind(run.remaining.map(|remaining| i64::try_from(remaining.as_secs()).unwrap_or(i64::MAX)))
        .bind(&run.error)
        .execute(connection)
        .await?;
    Ok(())
}

/// Runs whose process is gone say so.
pub(super) async fn bury_silent(connection: &mut PgConnection) -> Result<(), DataError> {
    let update = "UPDATE dataservice.migration_runs SET state = 'interrupted', finished_at = now()
                  WHERE state = 'running' AND heartbeat_at < now() - make_interval(secs => $1)";
    sqlx::query(update).bind(f64::from(SILENT_SECONDS)).execute(connection).await.map_err(data_error)?;
    Ok(())
}
