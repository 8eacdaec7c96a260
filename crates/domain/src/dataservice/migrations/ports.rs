//! What migrations need.

use async_trait::async_trait;

use super::super::DataError;
use super::{DryRunStep, MigrationRun, MigrationStatus, Resolution};

/// Applies migrations to one database.
#[async_trait]
pub trait Migrator: Send + Sync {
    /// Where the schema is.
    async fn status(&self) -> Result<MigrationStatus, DataError>;
    /// Executes what is pending up to `target` in one transaction, and rolls it back. MUST change nothing.
    async fn dry_run(&self, target: Option<&str>) -> Result<Vec<DryRunStep>, DataError>;
    /// Begins to apply what is pending up to `target`, and answers while that goes on. MUST let no two runs go on at once, wherever they
    /// were asked for ([`DataError::Conflict`] with `MIGRATION_IN_PROGRESS`).
    async fn start(&self, id: &str, target: Option<&str>) -> Result<MigrationRun, DataError>;
    /// A run.
    async fn find_run(&self, id: &str) -> Result<Option<MigrationRun>, DataError>;
    /// Settles a migration that was not seen to end.
    async fn resolve(&self, version: &str, resolution: Resolution) -> Result<(), DataError>;
}
