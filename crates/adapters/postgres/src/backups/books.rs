//! What is under way and what was done, told to every process; and the right to do it, which one has at a time.

use atelier_domain::dataservice::backups::{BackupId, BackupTask, TaskKind};
use atelier_domain::dataservice::{DataError, Rejected, RunState};
use atelier_domain::kernel::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row as _};

use crate::error::data_error;

/// Every statement may be repeated.
const BOOKS: &str = "
CREATE SCHEMA IF NOT EXISTS dataservice;
-- Holds no rows: whoever has locked it is the one who works on backups. Unlike an advisory lock it cannot be taken by a leased login.
CREATE TABLE IF NOT EXISTS dataservice.backup_lock ();
CREATE TABLE IF NOT EXISTS dataservice.backup_tasks (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    backup_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('backup', 'verify', 'restore', 'restore_test')),
    state TEXT NOT NULL CHECK (state IN ('running', 'completed', 'failed', 'interrupted')),
    target_database TEXT,
    started_at TIMESTAMPTZ NOT NULL,
    heartbeat_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    finished_at TIMESTAMPTZ,
    error TEXT
);
";
/// Held for as long as the transaction is open. Readers are let through.
const TAKE: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; LOCK TABLE dataservice.backup_lock IN EXCLUSIVE MODE NOWAIT";
/// A task that was not heard of for so many seconds has lost its process.
const SILENT_SECONDS: f64 = 15.0;

struct Row(BackupTask);

impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let text = |name: &str| row.try_get::<String, _>(name);
        let unreadable = |name: &str| sqlx::Error::ColumnDecode { index: name.to_owned(), source: "it has another form".into() };
        let state: RunState = text("state")?.parse().map_err(|()| unreadable("state"))?;
        let is_silent: bool = row.try_get("is_silent")?;
        Ok(Self(BackupTask {
            backup: text("backup_id")?.parse().map_err(|_other_form: DataError| unreadable("backup_id"))?,
            kind: text("kind")?.parse().map_err(|()| unreadable("kind"))?,
            state: if state == RunState::Running && is_silent { RunState::Interrupted } else { state },
            target_database: row.try_get("target_database")?,
            started_at: row.try_get("started_at")?,
            finished_at: row.try_get("finished_at")?,
            error: row.try_get("error")?,
        }))
    }
}

/// Makes the tables where they are not there yet.
async fn open(session: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut tries = 0;
    while !is_open(session).await? {
        match sqlx::raw_sql(BOOKS).execute(&mut *session).await {
            Ok(_) => {}
            // Another process may be making them at the same moment.
            Err(sqlx::Error::Database(met))
                if tries < 10 && met.code().is_some_and(|code| ["23505", "42P06", "42P07"].contains(&&*code)) =>
            {
                tries += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn is_open(session: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let ask = "SELECT to_regclass('dataservice.backup_lock') IS NOT NULL AND to_regclass('dataservice.backup_tasks') IS NOT NULL";
    sqlx::query_scalar(ask).fetch_one(session).await
}

/// Takes the right to work on backups, which ends with the session, and buries what others left: nobody else is at work now.
pub(super) async fn take_turn(session: &mut PgConnection) -> Result<(), DataError> {
    open(session).await.map_err(data_error)?;
    match sqlx::raw_sql(TAKE).execute(session).await {
        Ok(_) => Ok(()),
        Err(sqlx::Error::Database(reported)) if reported.code().is_some_and(|code| code == "55P03") => {
            let message = "a backup, verification or restore is under way: GET /api/v1/backups shows it";
            Err(DataError::Conflict(Rejected::new("BACKUP_IN_PROGRESS", message)))
        }
        Err(error) => Err(data_error(error)),
    }
}

/// Whether a task was about this backup.
pub(super) async fn knows(session: &mut PgConnection, id: &BackupId) -> Result<bool, sqlx::Error> {
    let ask = "SELECT EXISTS (SELECT FROM dataservice.backup_tasks WHERE backup_id = $1)";
    sqlx::query_scalar(ask).bind(id.as_str()).fetch_one(session).await
}

/// Writes down that a task begins; those that others left are interrupted. Answers its number.
pub(super) async fn begin(session: &mut PgConnection, task: &BackupTask) -> Result<i64, sqlx::Error> {
    let bury = "UPDATE dataservice.backup_tasks SET state = 'interrupted', finished_at = $1 WHERE state = 'running'";
    sqlx::query(bury).bind(task.started_at).execute(&mut *session).await?;
    let insert = "INSERT INTO dataservice.backup_tasks (backup_id, kind, state, target_database, started_at)
                  VALUES ($1, $2, 'running', $3, $4) RETURNING seq";
    let insert = sqlx::query_scalar(insert).bind(task.backup.as_str()).bind(task.kind.as_str()).bind(&task.target_database);
    insert.bind(task.started_at).fetch_one(session).await
}

/// Tells that a task goes on.
pub(super) async fn beat(session: &mut PgConnection, seq: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE dataservice.backup_tasks SET heartbeat_at = now() WHERE seq = $1").bind(seq).execute(session).await.map(drop)
}

/// Writes down how a task ended, and forgets those that ended long ago.
pub(super) async fn end(
    session: &mut PgConnection,
    seq: i64,
    error: Option<&str>,
    now: Timestamp,
    forget: Timestamp,
) -> Result<(), sqlx::Error> {
    let update = "UPDATE dataservice.backup_tasks SET state = CASE WHEN $2::text IS NULL THEN 'completed' ELSE 'failed' END, error = $2, finished_at = $3
                  WHERE seq = $1";
    sqlx::query(update).bind(seq).bind(error).bind(now).execute(&mut *session).await?;
    sqlx::query("DELETE FROM dataservice.backup_tasks WHERE finished_at < $1").bind(forget).execute(session).await.map(drop)
}

/// Every task that is remembered, the oldest first.
pub(super) async fn tasks(session: &mut PgConnection) -> Result<Vec<BackupTask>, sqlx::Error> {
    if !is_open(session).await? {
        return Ok(Vec::new());
    }
    let ask = "SELECT *, heartbeat_at < now() - make_interval(secs => $1) AS is_silent FROM dataservice.backup_tasks ORDER BY seq";
    let rows: Vec<Row> = sqlx::query_as(ask).bind(SILENT_SECONDS).fetch_all(session).await?;
    Ok(rows.into_iter().map(|Row(task)| task).collect())
}

/// A task that begins.
pub(super) fn new_task(backup: BackupId, kind: TaskKind, target_database: Option<String>, now: Timestamp) -> BackupTask {
    BackupTask { backup, kind, state: RunState::Running, target_database, started_at: now, finished_at: None, error: None }
}
