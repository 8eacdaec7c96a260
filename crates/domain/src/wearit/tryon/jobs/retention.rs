//! The periodic job `wearit.tryon.expire`: results older than the operator keeps them go, with their pictures and marks.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::kernel::{Backoff, ClaimedJob, Clock, IdGenerator, JobError, JobHandler, JobPayload, StoreError, retry_on_contention};
use crate::wearit::WearitStore;
use crate::wearit::tryon::{TryOn, deletion};

use super::change::of_store;

const BATCH: u32 = 100;

/// Removes results that were kept long enough (`RESULT_RETENTION_DAYS`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ExpireResults {}

impl JobPayload for ExpireResults {
    const KIND: &'static str = "wearit.tryon.expire";
    const VERSION: u16 = 1;
}

/// Runs [`ExpireResults`].
pub struct ResultRetention {
    store: Arc<dyn WearitStore>,
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
    kept_for: TimeDelta,
}

impl ResultRetention {
    /// Results are kept for `kept_for` after their completion.
    pub fn new(store: Arc<dyn WearitStore>, ids: Arc<dyn IdGenerator>, clock: Arc<dyn Clock>, kept_for: TimeDelta) -> Self {
        Self { store, ids, clock, kept_for }
    }

    async fn expire(&self, tryon: &TryOn) -> Result<(), StoreError> {
        let mut uow = self.store.begin().await?;
        deletion::delete(uow.as_mut(), tryon, self.ids.as_ref(), self.clock.now()).await?;
        uow.commit().await
    }
}

#[async_trait::async_trait]
impl JobHandler for ResultRetention {
    fn kind(&self) -> &'static str {
        ExpireResults::KIND
    }

    fn backoff(&self) -> Backoff {
        Backoff { attempts: 3, first: std::time::Duration::from_secs(60), longest: std::time::Duration::from_secs(600) }
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        let before = self.clock.now() - self.kept_for;
        loop {
            let old = self.store.tryons().completed_before(before, BATCH).await?;
            if old.is_empty() {
                break;
            }
            for tryon in &old {
                retry_on_contention(|| self.expire(tryon), of_store).await?;
            }
        }
        let mut uow = self.store.begin().await?;
        uow.jobs().complete(job.lease, self.clock.now()).await?;
        Ok(uow.commit().await?)
    }

    async fn give_up(&self, _job: &ClaimedJob, _error: &JobError) -> Result<(), JobError> {
        Ok(())
    }
}
