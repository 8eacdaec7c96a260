//! What administrators do with backups.

use std::sync::Arc;

use super::super::{DataError, Database, Rejected, Tenant};
use super::{Backup, BackupId, BackupKeeper, BackupOverview, BackupTask, is_database_name};

/// Backups, for administrators.
#[derive(Clone)]
pub struct BackupService {
    keeper: Option<Arc<dyn BackupKeeper>>,
}

impl BackupService {
    /// Over this keeper, where there is a database.
    pub fn new(keeper: Option<Arc<dyn BackupKeeper>>) -> Self {
        Self { keeper }
    }

    fn keeper(&self, tenant: &Tenant) -> Result<&dyn BackupKeeper, DataError> {
        if !tenant.is_admin() {
            return Err(DataError::Forbidden(Rejected::new("FORBIDDEN_ROLE", "this needs the role admin")));
        }
        self.keeper.as_deref().ok_or(DataError::NotConfigured(Database::PostgreSql))
    }

    /// Every backup, the newest first, and what is under way.
    ///
    /// # Errors
    /// [`DataError::Forbidden`] for everybody else, [`DataError::NotConfigured`] without a database.
    pub async fn overview(&self, tenant: &Tenant) -> Result<BackupOverview, DataError> {
        self.keeper(tenant)?.overview().await
    }

    /// Begins a backup.
    ///
    /// # Errors
    /// As [`overview`](Self::overview); [`DataError::Conflict`] when something is under way.
    pub async fn back_up(&self, tenant: &Tenant) -> Result<Backup, DataError> {
        self.keeper(tenant)?.start_backup().await
    }

    /// Begins to read a backup to its end.
    ///
    /// # Errors
    /// As [`back_up`](Self::back_up); [`DataError::NotFound`] for a backup that is not there.
    pub async fn verify(&self, tenant: &Tenant, id: &str) -> Result<BackupTask, DataError> {
        let keeper = self.keeper(tenant)?;
        keeper.start_verify(&id.parse()?).await
    }

    /// Begins to restore a backup into a database of another name; without a name, `{database}_restore_{time of the backup}`.
    ///
    /// # Errors
    /// As [`verify`](Self::verify); [`DataError::Invalid`] for the live database and for names that need quotes; [`DataError::Conflict`] when
    /// there is a database of that name.
    pub async fn restore(&self, tenant: &Tenant, id: &str, target_database: Option<&str>) -> Result<BackupTask, DataError> {
        let keeper = self.keeper(tenant)?;
        let id: BackupId = id.parse()?;
        let usual = || format!("{}_restore_{}", keeper.database(), id.stamp());
        let target = target_database.map_or_else(usual, str::to_owned);
        if target == keeper.database() {
            let message = "target_database: this is the live database. To restore over it stop the service, then run `atelier-admin data backups \
                           restore` with --drop --yes; here a backup is restored beside it";
            return Err(DataError::invalid("VALIDATION_FAILED", message));
        }
        if !is_database_name(&target) {
            let message = "target_database: lower-case letters, digits and underscores are expected, at most 63, the first no digit";
            return Err(DataError::invalid("VALIDATION_FAILED", message));
        }
        keeper.start_restore(&id, &target).await
    }
}
