//! The service's schema, for administrators.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use crate::client::{Client, segment};
use crate::error::Error;
use crate::transport::Call;

/// A migration that is still to be applied.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PendingMigration {
    /// `YYYYMMDD_NNN`.
    pub version: String,
    /// What it does.
    pub description: String,
    /// How long its author thinks it takes, e.g. `2 minutes`.
    pub estimated_duration: Option<String>,
}

/// The migration that was applied last.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AppliedMigration {
    /// `YYYYMMDD_NNN`.
    pub version: String,
    /// When.
    pub applied_at: DateTime<Utc>,
    /// In how many milliseconds.
    pub duration_ms: u64,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunStatus {
    /// Under way.
    Running,
    /// Everything asked for is applied.
    Completed,
    /// A migration failed; those before it are applied.
    Failed,
    /// The process that ran it is gone.
    Interrupted,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// The migration it is at, from 1.
    pub current_step: u32,
    /// How many it applies.
    pub total_steps: u32,
    /// As far as the authors said, e.g. `1 minute`.
    pub estimated_remaining: Option<String>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct MigrationRun {
    /// What to ask about it by.
    pub migration_id: String,
    /// How it stands.
    pub status: RunStatus,
    /// How far it is.
    pub progress: Progress,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error: Option<String>,
}

/// Where the schema is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct MigrationStatus {
    /// The newest version applied; none in an empty database.
    pub current_version: Option<String>,
    /// What is to be applied, in order.
    pub pending_migrations: Vec<PendingMigration>,
    /// What was applied last.
    pub last_migration: Option<AppliedMigration>,
    /// The run that is under way.
    pub running: Option<MigrationRun>,
    /// Migrations that began outside a transaction and were not seen to end.
    pub dirty: Vec<String>,
    /// Applied migrations whose file has changed since.
    pub checksum_mismatches: Vec<String>,
    /// Applied migrations the service has no file of.
    pub missing: Vec<String>,
}

/// One migration of a dry run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DryRunStep {
    /// `YYYYMMDD_NNN`.
    pub version: String,
    /// `ok`, `failed`, or `not_verifiable` for one that cannot run inside a transaction.
    pub status: String,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// Why it would fail.
    pub error: Option<String>,
    /// Its SQL.
    pub statements: String,
}

/// What a dry run found out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DryRun {
    /// `dry_run_ok`, or `dry_run_failed` when a migration would fail.
    pub status: String,
    /// What was tried, in order.
    pub migrations: Vec<DryRunStep>,
}

/// What became of a migration that was not seen to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// It did its work, or you have.
    Applied,
    /// Nothing of it is left: it is to be applied again.
    RolledBack,
}

/// The calls.
#[derive(Debug, Clone)]
pub struct Migrations {
    client: Client,
}

impl Migrations {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Which migrations are applied and which are pending.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn status(&self) -> Result<MigrationStatus, Error> {
        self.client.transport.send(&Call::get("/api/v2/migrations/status")).await?.read()
    }

    /// Begins to apply what is pending, up to `target`; [`find`](Migrations::find) tells how it goes on.
    ///
    /// # Errors
    /// [`Error`]; `MIGRATION_IN_PROGRESS`, `MIGRATION_DIRTY`, `CHECKSUM_MISMATCH`, `TARGET_BEHIND_CURRENT`.
    pub async fn run(&self, target: Option<&str>) -> Result<MigrationRun, Error> {
        let body = json!({"target_version": target, "dry_run": false});
        self.client.transport.send(&Call::post("/api/v2/migrations/run", &body)?).await?.read()
    }

    /// Executes what is pending, up to `target`, and rolls it back.
    ///
    /// # Errors
    /// As [`run`](Migrations::run).
    pub async fn dry_run(&self, target: Option<&str>) -> Result<DryRun, Error> {
        let body = json!({"target_version": target, "dry_run": true});
        self.client.transport.send(&Call::post("/api/v2/migrations/run", &body)?.repeatable()).await?.read()
    }

    /// How a run stands.
    ///
    /// # Errors
    /// [`Error`]; `MIGRATION_NOT_FOUND`.
    pub async fn find(&self, id: &str) -> Result<MigrationRun, Error> {
        self.client.transport.send(&Call::get(&format!("/api/v2/migrations/{}", segment(id)))).await?.read()
    }

    /// Settles a migration that began outside a transaction and was not seen to end.
    ///
    /// # Errors
    /// [`Error`]; `MIGRATION_NOT_FOUND` when it is not dirty.
    pub async fn resolve(&self, version: &str, resolution: Resolution) -> Result<(), Error> {
        let resolution = match resolution {
            Resolution::Applied => "applied",
            Resolution::RolledBack => "rolled_back",
        };
        let path = format!("/api/v2/migrations/{}/resolve", segment(version));
        self.client.transport.send(&Call::post(&path, &json!({ "resolution": resolution }))?).await.map(drop)
    }
}
