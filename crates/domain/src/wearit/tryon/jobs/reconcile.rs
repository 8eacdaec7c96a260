//! The periodic job `wearit.tryon.reconcile`: no try-on waits for ever.
//!
//! Try-on and job are stored together and settle together, so this finds something only after a restored backup, lost rows or a fault of
//! ours. It takes no input and reads state.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::kernel::{Backoff, ClaimedJob, Clock, IdGenerator, JobError, JobHandler, JobPayload, StoreError, retry_on_contention};
use crate::wearit::tryon::{FailureCode, RunTryOn, TryOn, TryOnFailure};
use crate::wearit::{WearitStore, cascade};

use super::change::of_store;

/// Most try-ons looked at in one run; the next run sees the rest.
const BATCH: u32 = 500;

/// Ends try-ons that no job works on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ReconcileTryOns {}

impl JobPayload for ReconcileTryOns {
    const KIND: &'static str = "wearit.tryon.reconcile";
    const VERSION: u16 = 1;
}

/// Runs [`ReconcileTryOns`].
pub struct TryOnReconciler {
    store: Arc<dyn WearitStore>,
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
    deadline: TimeDelta,
}

impl TryOnReconciler {
    /// A reconciler that looks at try-ons older than `deadline`.
    pub fn new(store: Arc<dyn WearitStore>, ids: Arc<dyn IdGenerator>, clock: Arc<dyn Clock>, deadline: TimeDelta) -> Self {
        Self { store, ids, clock, deadline }
    }

    /// Whether the try-on had to be ended.
    async fn reconcile(&self, stale: &TryOn) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut uow = self.store.begin().await?;
        if uow.jobs().is_live(&RunTryOn::unique_key(stale.id)).await? {
            return Ok(false);
        }
        let Some(mut tryon) = uow.tryons().find(stale.user_id, stale.id).await? else { return Ok(false) };
        if tryon.fail(abandoned(), now).is_err() {
            return Ok(false);
        }
        uow.tryons().update(&tryon).await?;
        uow.events().append(&tryon.updated_event(now)).await?;
        cascade::ended(uow.as_mut(), &tryon, self.ids.as_ref(), now).await?;
        uow.commit().await?;
        Ok(true)
    }
}

#[async_trait::async_trait]
impl JobHandler for TryOnReconciler {
    fn kind(&self) -> &'static str {
        ReconcileTryOns::KIND
    }

    fn backoff(&self) -> Backoff {
        Backoff { attempts: 1, first: std::time::Duration::ZERO, longest: std::time::Duration::ZERO }
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        let stale = self.store.tryons().unfinished_before(self.clock.now() - self.deadline, BATCH).await?;
        let mut ended = 0_u32;
        for tryon in &stale {
            if retry_on_contention(|| self.reconcile(tryon), of_store).await? {
                ended += 1;
            }
        }
        if ended > 0 {
            tracing::warn!(ended, "try-ons that no job worked on were ended");
        }
        let mut uow = self.store.begin().await?;
        uow.jobs().complete(job.lease, self.clock.now()).await?;
        Ok(uow.commit().await?)
    }

    async fn give_up(&self, _job: &ClaimedJob, _error: &JobError) -> Result<(), JobError> {
        Ok(())
    }
}

fn abandoned() -> TryOnFailure {
    TryOnFailure::new(
        FailureCode::ProviderTimeout,
        "abandoned",
        "the picture was not ready in time",
        "ask for it again: POST /api/v1/tryon/{id}/retry",
    )
}
