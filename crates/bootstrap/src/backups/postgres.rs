//! Backups of the Core Database Service's PostgreSQL: every day one, and once a month a restore of the newest.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use atelier_adapter_credentials::InstallationSecrets;
use atelier_adapter_postgres::{PgBackupTasks, PgBackups};
use atelier_backup::BackupError;
use atelier_domain::dataservice::backups::BackupId;
use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{Backoff, ClaimedJob, Clock, JobError, JobHandler, JobPayload};
use chrono::TimeDelta;
use metrics::{Unit, describe_gauge};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::jobs::job_error;
use crate::config::Config;
use crate::dataservice::sealer;
use crate::product::{StartError, failed};

/// Between two looks at the directory: another process may have put a backup there.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Asked every day, so that a failure is tried again the next day and not the next month.
const TEST_EVERY: TimeDelta = TimeDelta::days(30);

/// A backup of PostgreSQL.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct BackUpPostgres {}

/// A restore of the newest backup into a scratch database, unless there was one this month.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct TestPostgresRestore {}

impl JobPayload for BackUpPostgres {
    const KIND: &'static str = "operations.backup.postgres";
    const VERSION: u16 = 1;
}

impl JobPayload for TestPostgresRestore {
    const KIND: &'static str = "operations.backup.postgres_restore_test";
    const VERSION: u16 = 1;
}

/// The backups of the database that the settings name; none where they name none.
pub(crate) fn postgres_backups(
    config: &Config,
    secrets: &InstallationSecrets,
    clock: &Arc<dyn Clock>,
) -> Result<Option<PgBackupTasks>, StartError> {
    let Some(url) = &config.data.database_url else { return Ok(None) };
    let engine = PgBackups::new(url, config.postgres_backup_dir(), config.data.postgres_bin_dir.clone(), sealer(config, secrets)?);
    let engine = engine.map_err(failed("the backups of PostgreSQL"))?;
    Ok(Some(PgBackupTasks::new(engine, clock.clone(), config.retention.backup_keep_days)))
}

/// Keeps the gauges true until `shutdown` is cancelled.
pub(crate) async fn measure_postgres(tasks: Option<PgBackupTasks>, shutdown: CancellationToken) {
    let Some(tasks) = tasks else { return };
    describe_gauge!("backup_last_success_timestamp", Unit::Seconds, "When the newest backup of PostgreSQL was begun");
    describe_gauge!("backup_last_restore_test_timestamp", Unit::Seconds, "When a backup of PostgreSQL was last restored and compared");
    loop {
        tasks.show().await;
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Whole,
    RestoreTest,
}

/// Runs the two kinds, each in a handler of its own.
pub(crate) struct PostgresBackupHandler {
    task: Task,
    tasks: PgBackupTasks,
    store: Arc<dyn IdentityStore>,
    clock: Arc<dyn Clock>,
}

impl PostgresBackupHandler {
    /// One handler for each kind.
    pub(crate) fn all(tasks: &PgBackupTasks, store: &Arc<dyn IdentityStore>, clock: &Arc<dyn Clock>) -> Vec<Arc<dyn JobHandler>> {
        let handler = |task| Self { task, tasks: tasks.clone(), store: store.clone(), clock: clock.clone() };
        [Task::Whole, Task::RestoreTest].map(|task| Arc::new(handler(task)) as Arc<dyn JobHandler>).into()
    }

    async fn work(&self, job: &ClaimedJob) -> Result<(), BackupError> {
        let newest = self.tasks.engine().newest().await?;
        match self.task {
            // An earlier run of this job may have been cut off when all but its end was done.
            Task::Whole if newest.as_ref().is_some_and(|newest| newest.time() >= job.created_at) => {}
            Task::Whole => drop(self.tasks.back_up().await?),
            Task::RestoreTest => {
                let last = self.tasks.last_restore_test().await?;
                let is_due = last.is_none_or(|last| self.clock.now() - last >= TEST_EVERY);
                if let Some(newest) = newest.filter(|_there| is_due) {
                    let tested = self.tasks.restore_test(&BackupId::at(newest.named)).await?;
                    tracing::info!(path = %newest.path.display(), rows = tested.documents, "backup of PostgreSQL restored and compared: it is good");
                }
            }
        }
        Ok(())
    }
}

#[async_trait]
impl JobHandler for PostgresBackupHandler {
    fn kind(&self) -> &'static str {
        match self.task {
            Task::Whole => BackUpPostgres::KIND,
            Task::RestoreTest => TestPostgresRestore::KIND,
        }
    }

    fn backoff(&self) -> Backoff {
        Backoff { attempts: 5, first: Duration::from_secs(60), longest: Duration::from_secs(3600) }
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        self.work(job).await.map_err(job_error)?;
        let mut uow = self.store.begin().await?;
        uow.jobs().complete(job.lease, self.clock.now()).await?;
        Ok(uow.commit().await?)
    }

    async fn give_up(&self, _job: &ClaimedJob, error: &JobError) -> Result<(), JobError> {
        let problem = error as &dyn std::error::Error;
        tracing::error!(error = problem, task = ?self.task, "the backup of PostgreSQL did not succeed; see the gauge of the last success");
        Ok(())
    }
}
