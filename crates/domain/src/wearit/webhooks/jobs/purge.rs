//! The periodic job `wearit.webhooks.purge`: ended deliveries leave the log after a month.

use std::sync::Arc;
use std::time::Duration;

use crate::kernel::{Backoff, ClaimedJob, Clock, JobError, JobHandler, JobPayload, StoreError, Timestamp, retry_on_contention};
use crate::wearit::WearitStore;
use crate::wearit::webhooks::Delivery;

const BATCH: u32 = 500;

/// Removes deliveries that ended [`Delivery::KEPT`] ago. Takes no input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PurgeDeliveries {}

impl JobPayload for PurgeDeliveries {
    const KIND: &'static str = "wearit.webhooks.purge";
    const VERSION: u16 = 1;
}

/// Runs [`PurgeDeliveries`].
pub struct PurgeDeliveriesHandler {
    store: Arc<dyn WearitStore>,
    clock: Arc<dyn Clock>,
}

impl PurgeDeliveriesHandler {
    /// The handler over its ports.
    pub fn new(store: Arc<dyn WearitStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    async fn purge(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut uow = self.store.begin().await?;
        let gone = uow.webhooks().purge_deliveries(before, BATCH).await?;
        uow.commit().await?;
        Ok(gone)
    }
}

#[async_trait::async_trait]
impl JobHandler for PurgeDeliveriesHandler {
    fn kind(&self) -> &'static str {
        PurgeDeliveries::KIND
    }

    fn backoff(&self) -> Backoff {
        Backoff { attempts: 3, first: Duration::from_secs(60), longest: Duration::from_secs(600) }
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        let before = self.clock.now() - Delivery::KEPT;
        while retry_on_contention(|| self.purge(before), |error: &StoreError| Some(error)).await? == u64::from(BATCH) {}
        let mut uow = self.store.begin().await?;
        uow.jobs().complete(job.lease, self.clock.now()).await?;
        Ok(uow.commit().await?)
    }

    async fn give_up(&self, _job: &ClaimedJob, _error: &JobError) -> Result<(), JobError> {
        Ok(())
    }
}
