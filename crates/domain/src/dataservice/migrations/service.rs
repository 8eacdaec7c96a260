//! What administrators do with the schema.

use std::sync::Arc;

use crate::kernel::{ExposeSecret, SecretGenerator};

use super::super::{DataError, Database, Rejected, Tenant};
use super::{DryRunStep, MigrationRun, MigrationStatus, Migrator, Resolution};

/// What a run answers at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunAnswer {
    /// It goes on.
    Started(MigrationRun),
    /// It was tried and rolled back.
    Tried(Vec<DryRunStep>),
}

/// Migrations, for administrators.
#[derive(Clone)]
pub struct MigrationService {
    migrator: Option<Arc<dyn Migrator>>,
    secrets: Arc<dyn SecretGenerator>,
}

impl MigrationService {
    /// Over this migrator, where there is a database.
    pub fn new(migrator: Option<Arc<dyn Migrator>>, secrets: Arc<dyn SecretGenerator>) -> Self {
        Self { migrator, secrets }
    }

    fn migrator(&self, tenant: &Tenant) -> Result<&dyn Migrator, DataError> {
        if !tenant.is_admin() {
            return Err(DataError::Forbidden(Rejected::new("FORBIDDEN_ROLE", "this needs the role admin")));
        }
        self.migrator.as_deref().ok_or(DataError::NotConfigured(Database::PostgreSql))
    }

    /// Where the schema is.
    ///
    /// # Errors
    /// [`DataError::Forbidden`] for everybody else, [`DataError::NotConfigured`] without a database.
    pub async fn status(&self, tenant: &Tenant) -> Result<MigrationStatus, DataError> {
        self.migrator(tenant)?.status().await
    }

    /// Applies what is pending up to `target`, or tries it.
    ///
    /// # Errors
    /// As [`status`](Self::status); [`DataError::NotFound`] for an unknown target; [`DataError::Conflict`] when a run goes on, a migration is
    /// dirty, a file has changed, one is out of order, or the target lies behind.
    pub async fn run(&self, tenant: &Tenant, target: Option<&str>, dry_run: bool) -> Result<RunAnswer, DataError> {
        let migrator = self.migrator(tenant)?;
        if let Some(target) = target
            && !is_version(target)
        {
            return Err(DataError::invalid("VALIDATION_FAILED", "target_version: a version such as 20240116_001 is expected"));
        }
        if dry_run {
            return migrator.dry_run(target).await.map(RunAnswer::Tried);
        }
        let id = format!(
            "mig_{}",
            self.secrets.token().expose_secret().chars().filter(char::is_ascii_alphanumeric).take(24).collect::<String>()
        );
        migrator.start(&id, target).await.map(RunAnswer::Started)
    }

    /// How a run stands.
    ///
    /// # Errors
    /// As [`status`](Self::status); [`DataError::NotFound`] for a run that never was.
    pub async fn find_run(&self, tenant: &Tenant, id: &str) -> Result<MigrationRun, DataError> {
        let found = self.migrator(tenant)?.find_run(id).await?;
        found.ok_or_else(|| DataError::NotFound(Rejected::new("MIGRATION_NOT_FOUND", "there is no run of that id")))
    }

    /// Settles a migration that was not seen to end.
    ///
    /// # Errors
    /// As [`status`](Self::status); [`DataError::NotFound`] for a migration that is not dirty.
    pub async fn resolve(&self, tenant: &Tenant, version: &str, resolution: Resolution) -> Result<(), DataError> {
        self.migrator(tenant)?.resolve(version, resolution).await
    }
}

/// Whether the text is `YYYYMMDD_NNN`.
fn is_version(text: &str) -> bool {
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('_').is_some_and(|(day, number)| digits(day, 8) && digits(number, 3))
}
