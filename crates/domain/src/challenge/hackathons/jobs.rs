//! The periodic job `challenge.hackathons.advance`: running hackathons end at `fin`, finished ones are archived at `archiveLe`,
//! whatever evaluations are open: that is what the date says.

use std::sync::Arc;
use std::time::Duration;

use crate::challenge::{ChallengeError, ChallengeStore};
use crate::kernel::{Backoff, ClaimedJob, Clock, JobError, JobHandler, JobPayload, StoreError};

use super::service::OpenEvaluations;
use super::{HackathonService, HackathonStatus};

/// Moves hackathons whose time has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AdvanceHackathons {}

impl JobPayload for AdvanceHackathons {
    const KIND: &'static str = "challenge.hackathons.advance";
    const VERSION: u16 = 1;
}

/// Runs [`AdvanceHackathons`].
pub struct HackathonSchedule {
    store: Arc<dyn ChallengeStore>,
    hackathons: HackathonService,
    clock: Arc<dyn Clock>,
}

impl HackathonSchedule {
    /// The job over its ports.
    pub fn new(store: Arc<dyn ChallengeStore>, hackathons: HackathonService, clock: Arc<dyn Clock>) -> Self {
        Self { store, hackathons, clock }
    }

    async fn advance(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        for hackathon in self.store.hackathons().due(now).await? {
            let to = if hackathon.status == HackathonStatus::Running { HackathonStatus::Finished } else { HackathonStatus::Archived };
            match self.hackathons.move_to(None, hackathon.id, to, OpenEvaluations::Abandon, now).await {
                Ok(_) => tracing::info!(hackathon_id = %hackathon.id, %to, "hackathon moved on by its dates"),
                Err(ChallengeError::Store(error)) => return Err(error),
                // Somebody else was faster, or its dates changed meanwhile.
                Err(error) => tracing::debug!(hackathon_id = %hackathon.id, %error, "hackathon not moved"),
            }
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl JobHandler for HackathonSchedule {
    fn kind(&self) -> &'static str {
        AdvanceHackathons::KIND
    }

    fn backoff(&self) -> Backoff {
        Backoff { attempts: 3, first: Duration::from_secs(5), longest: Duration::from_secs(60) }
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        self.advance().await?;
        let mut uow = self.store.begin().await?;
        uow.jobs().complete(job.lease, self.clock.now()).await?;
        Ok(uow.commit().await?)
    }

    async fn give_up(&self, _job: &ClaimedJob, _error: &JobError) -> Result<(), JobError> {
        Ok(())
    }
}
