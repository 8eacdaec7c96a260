//! What backups need.

use async_trait::async_trait;

use super::super::DataError;
use super::{Backup, BackupId, BackupOverview, BackupTask};

/// Keeps backups of one database. What it begins goes on behind the answer; it MUST let no two tasks go on at once, wherever they were asked
/// for ([`DataError::Conflict`] with `BACKUP_IN_PROGRESS`).
#[async_trait]
pub trait BackupKeeper: Send + Sync {
    /// The database that is backed up, and that no restore of this port touches.
    fn database(&self) -> &str;
    /// Every backup, the newest first, with those that failed.
    async fn overview(&self) -> Result<BackupOverview, DataError>;
    /// Begins a backup.
    async fn start_backup(&self) -> Result<Backup, DataError>;
    /// Begins to read a backup to its end. [`DataError::NotFound`] when it is not there.
    async fn start_verify(&self, id: &BackupId) -> Result<BackupTask, DataError>;
    /// Begins to restore a backup into a database that is not there yet. [`DataError::NotFound`] when the backup is not there,
    /// [`DataError::Conflict`] with `PRECONDITION_FAILED` when the database is.
    async fn start_restore(&self, id: &BackupId, target_database: &str) -> Result<BackupTask, DataError>;
}
