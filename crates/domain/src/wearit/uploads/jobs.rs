//! Background work on files: deleting objects whose row is gone, and sweeping what direct uploads left behind.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::kernel::{
    Backoff, ClaimedJob, Clock, DeleteObjects, IdGenerator, JobError, JobHandler, JobPayload, NewJob, ObjectPrefix, ObjectStore,
    ObjectStoreError, Source, StoreError, Timestamp,
};
use crate::wearit::WearitStore;

fn retry(error: impl Into<Source>) -> JobError {
    JobError::Retry { source: error.into(), after: None }
}

/// Runs [`DeleteObjects`], whichever context enqueued it.
pub struct DeleteObjectsHandler {
    store: Arc<dyn WearitStore>,
    objects: Arc<dyn ObjectStore>,
    clock: Arc<dyn Clock>,
}

impl DeleteObjectsHandler {
    /// The handler over its ports.
    pub fn new(store: Arc<dyn WearitStore>, objects: Arc<dyn ObjectStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, objects, clock }
    }
}

#[async_trait::async_trait]
impl JobHandler for DeleteObjectsHandler {
    fn kind(&self) -> &'static str {
        DeleteObjects::KIND
    }

    /// Over a day of patience: nothing else ever deletes these files.
    fn backoff(&self) -> Backoff {
        Backoff { attempts: 20, first: Duration::from_secs(5), longest: Duration::from_secs(2 * 3600) }
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        let payload: DeleteObjects = job.payload().map_err(|error| JobError::Fail(error.into()))?;
        payload.run(self.objects.as_ref()).await.map_err(retry)?;
        let mut uow = self.store.begin().await?;
        uow.jobs().complete(job.lease, self.clock.now()).await?;
        Ok(uow.commit().await?)
    }

    async fn give_up(&self, job: &ClaimedJob, _error: &JobError) -> Result<(), JobError> {
        tracing::error!(job_id = %job.lease.job_id, "objects are left that belong to nothing");
        Ok(())
    }
}

/// Removes expired uploads and temporary files nobody will use (checklist W170, CW22). Takes no input: it reads what is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepUploads {}

impl JobPayload for SweepUploads {
    const KIND: &'static str = "wearit.uploads.sweep";
    const VERSION: u16 = 1;
}

/// Runs [`SweepUploads`].
pub struct SweepUploadsHandler {
    store: Arc<dyn WearitStore>,
    objects: Arc<dyn ObjectStore>,
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
}

impl SweepUploadsHandler {
    /// How old a temporary file may become.
    pub const TEMP_AGE: chrono::TimeDelta = chrono::TimeDelta::hours(24);
    const BATCH: usize = 200;

    /// The handler over its ports.
    pub fn new(store: Arc<dyn WearitStore>, objects: Arc<dyn ObjectStore>, ids: Arc<dyn IdGenerator>, clock: Arc<dyn Clock>) -> Self {
        Self { store, objects, ids, clock }
    }

    async fn sweep_rows(&self, now: Timestamp) -> Result<(), StoreError> {
        loop {
            let mut uow = self.store.begin().await?;
            let expired = uow.uploads().take_expired(now, Self::BATCH as u32).await?;
            if expired.is_empty() {
                return Ok(());
            }
            for upload in &expired {
                let job = NewJob::of(self.ids.generate(), &DeleteObjects::keys([upload.key()]), now)?.for_user(upload.user_id);
                uow.jobs().enqueue(&job).await?;
            }
            uow.commit().await?;
        }
    }

    async fn sweep_files(&self, now: Timestamp) -> Result<(), ObjectStoreError> {
        let Ok(temp) = ObjectPrefix::parse("temp/") else { return Ok(()) };
        let mut after = None;
        let mut old = Vec::new();
        loop {
            let batch = self.objects.list(&temp, after.take(), Self::BATCH).await?;
            let Some(last) = batch.last() else { break };
            after = Some(last.key.clone());
            old.extend(batch.into_iter().filter(|info| info.modified_at + Self::TEMP_AGE < now).map(|info| info.key));
            DeleteObjects::keys(old.drain(..)).run(self.objects.as_ref()).await?;
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl JobHandler for SweepUploadsHandler {
    fn kind(&self) -> &'static str {
        SweepUploads::KIND
    }

    /// The next hour's sweep does what this one could not.
    fn backoff(&self) -> Backoff {
        Backoff { attempts: 3, first: Duration::from_secs(30), longest: Duration::from_secs(300) }
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        let now = self.clock.now();
        self.sweep_rows(now).await?;
        self.sweep_files(now).await.map_err(retry)?;
        let mut uow = self.store.begin().await?;
        uow.jobs().complete(job.lease, self.clock.now()).await?;
        Ok(uow.commit().await?)
    }

    async fn give_up(&self, _job: &ClaimedJob, _error: &JobError) -> Result<(), JobError> {
        Ok(())
    }
}
