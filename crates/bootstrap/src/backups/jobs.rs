//! The scheduled backups: every day a whole one, every hour the changes, once a month a proof.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use atelier_backup::{BackUp, BackupError, Kind, Selection};
use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{Backoff, ClaimedJob, Clock, JobError, JobHandler, JobPayload, Timestamp};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::Backups;

/// A whole backup.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct BackUpStore {}

/// The changes since the newest backup.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct BackUpChanges {}

/// A proof that the newest backup can be restored, unless there was one this month.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct VerifyBackup {}

impl JobPayload for BackUpStore {
    const KIND: &'static str = "operations.backup.take";
    const VERSION: u16 = 1;
}

impl JobPayload for BackUpChanges {
    const KIND: &'static str = "operations.backup.changes";
    const VERSION: u16 = 1;
}

impl JobPayload for VerifyBackup {
    const KIND: &'static str = "operations.backup.verify";
    const VERSION: u16 = 1;
}

/// Asked every day, so that a failure is tried again the next day and not the next month.
const VERIFY_EVERY: TimeDelta = TimeDelta::days(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Whole,
    Changes,
    Proof,
}

/// Runs the three kinds, each in a handler of its own.
pub(crate) struct BackupHandler {
    task: Task,
    backups: Backups,
    store: Arc<dyn IdentityStore>,
    clock: Arc<dyn Clock>,
}

impl BackupHandler {
    /// One handler for each kind.
    pub(crate) fn all(backups: &Backups, store: &Arc<dyn IdentityStore>, clock: &Arc<dyn Clock>) -> Vec<Arc<dyn JobHandler>> {
        let handler = |task| Self { task, backups: backups.clone(), store: store.clone(), clock: clock.clone() };
        [Task::Whole, Task::Changes, Task::Proof].map(|task| Arc::new(handler(task)) as Arc<dyn JobHandler>).into()
    }

    async fn work(&self, job: &ClaimedJob, now: Timestamp) -> Result<(), BackupError> {
        match self.task {
            Task::Whole => self.take(Selection::All, &[Kind::Full], job, now).await,
            Task::Changes => self.take(Selection::Changes, &[Kind::Full, Kind::Incremental], job, now).await,
            Task::Proof => self.prove(now).await,
        }
    }

    async fn take(&self, selection: Selection, kinds: &[Kind], job: &ClaimedJob, now: Timestamp) -> Result<(), BackupError> {
        // An earlier run of this job may have been cut off when all but its end was done.
        let done = self.backups.newest_of(kinds)?.is_some_and(|newest| newest.time() >= job.created_at);
        if !done {
            let engine = self.backups.open().await?;
            let taken = engine.as_dyn().back_up(&BackUp { selection, layout: self.backups.layout() }, now).await;
            engine.close().await;
            let taken = taken?;
            tracing::info!(path = %taken.path.display(), bytes = taken.bytes, documents = taken.documents, "backup taken");
            taken.remarks.iter().for_each(|remark| tracing::warn!("backup: {remark}"));
        }
        self.backups.prune(now)?;
        self.backups.show();
        Ok(())
    }

    async fn prove(&self, now: Timestamp) -> Result<(), BackupError> {
        let last = self.backups.folder()?.last_verified();
        let newest = self.backups.newest()?;
        let Some(newest) = newest.filter(|_| last.is_none_or(|last| now - last.verified_at >= VERIFY_EVERY)) else { return Ok(()) };
        let engine = self.backups.open().await?;
        let proof = self.backups.prove(&engine, &newest.path, now).await;
        engine.close().await;
        tracing::info!(path = %newest.path.display(), documents = proof?.documents, "backup restored and compared: it is good");
        Ok(())
    }
}

#[async_trait]
impl JobHandler for BackupHandler {
    fn kind(&self) -> &'static str {
        match self.task {
            Task::Whole => BackUpStore::KIND,
            Task::Changes => BackUpChanges::KIND,
            Task::Proof => VerifyBackup::KIND,
        }
    }

    fn backoff(&self) -> Backoff {
        Backoff { attempts: 5, first: Duration::from_secs(60), longest: Duration::from_secs(3600) }
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        self.work(job, self.clock.now()).await.map_err(job_error)?;
        let mut uow = self.store.begin().await?;
        uow.jobs().complete(job.lease, self.clock.now()).await?;
        Ok(uow.commit().await?)
    }

    async fn give_up(&self, _job: &ClaimedJob, error: &JobError) -> Result<(), JobError> {
        tracing::error!(error = error as &dyn std::error::Error, task = ?self.task, "the backup did not succeed; see the gauge of the last success");
        Ok(())
    }
}

pub(super) fn job_error(error: BackupError) -> JobError {
    match error {
        BackupError::File { .. } | BackupError::Store { .. } | BackupError::InProgress => {
            JobError::Retry { source: error.into(), after: None }
        }
        _ => JobError::Fail(error.into()),
    }
}
