//! The periodic job `challenge.analytics.purge`: events go after 30 days, in stores without an expiry of their own too.

use std::sync::Arc;
use std::time::Duration;

use crate::challenge::ChallengeStore;
use crate::kernel::{Backoff, ClaimedJob, Clock, JobError, JobHandler, JobPayload};

use super::AnalyticsEvent;

/// Removes old events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PurgeAnalytics {}

impl JobPayload for PurgeAnalytics {
    const KIND: &'static str = "challenge.analytics.purge";
    const VERSION: u16 = 1;
}

/// Runs [`PurgeAnalytics`].
pub struct PurgeAnalyticsJob {
    store: Arc<dyn ChallengeStore>,
    clock: Arc<dyn Clock>,
}

impl PurgeAnalyticsJob {
    /// The job over its ports.
    pub fn new(store: Arc<dyn ChallengeStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }
}

#[async_trait::async_trait]
impl JobHandler for PurgeAnalyticsJob {
    fn kind(&self) -> &'static str {
        PurgeAnalytics::KIND
    }

    fn backoff(&self) -> Backoff {
        Backoff { attempts: 3, first: Duration::from_secs(30), longest: Duration::from_secs(600) }
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        let removed = self.store.analytics().purge(self.clock.now() - AnalyticsEvent::KEPT_FOR).await?;
        if removed > 0 {
            tracing::info!(removed, "analytics events older than 30 days removed");
        }
        let mut uow = self.store.begin().await?;
        uow.jobs().complete(job.lease, self.clock.now()).await?;
        Ok(uow.commit().await?)
    }

    /// The next round removes what this one left.
    async fn give_up(&self, _job: &ClaimedJob, _error: &JobError) -> Result<(), JobError> {
        Ok(())
    }
}
