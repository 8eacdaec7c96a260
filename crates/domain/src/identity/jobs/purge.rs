//! Removing sessions, codes and tokens that ended.

use std::time::Duration;

use chrono::TimeDelta;

use crate::identity::IdentityPorts;
use crate::kernel::{Backoff, ClaimedJob, JobError, JobHandler, JobLease, JobPayload, StoreError, retry_on_contention};

/// How long what has ended is kept: a used refresh token that comes back, or a late click, can still be told from an unknown one.
const KEPT: TimeDelta = TimeDelta::days(1);

/// The payload of `identity.tokens.purge`; periodic, and without input.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PurgeTokens {}

impl JobPayload for PurgeTokens {
    const KIND: &'static str = "identity.tokens.purge";
    const VERSION: u16 = 1;
}

/// Runs `identity.tokens.purge`.
pub struct PurgeTokensJob {
    ports: IdentityPorts,
}

impl PurgeTokensJob {
    /// Makes the handler.
    pub fn new(ports: IdentityPorts) -> Self {
        Self { ports }
    }

    async fn purge(&self, lease: JobLease) -> Result<(), StoreError> {
        let now = self.ports.clock.now();
        let before = now - KEPT;
        let mut uow = self.ports.store.begin().await?;
        let sessions = uow.sessions().purge_ended(before).await?;
        let resets = uow.resets().purge_expired(before).await?;
        let tokens = uow.one_time_tokens().purge_expired(before).await?;
        uow.jobs().complete(lease, now).await?;
        uow.commit().await?;
        tracing::info!(sessions, resets, tokens, "ended sessions, codes and tokens removed");
        Ok(())
    }
}

#[async_trait::async_trait]
impl JobHandler for PurgeTokensJob {
    fn kind(&self) -> &'static str {
        PurgeTokens::KIND
    }

    fn backoff(&self) -> Backoff {
        Backoff { attempts: 5, first: Duration::from_secs(30), longest: Duration::from_secs(600) }
    }

    #[tracing::instrument(name = "identity.tokens.purge", skip_all, fields(job_id = %job.lease.job_id))]
    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        Ok(retry_on_contention(|| self.purge(job.lease), |error: &StoreError| Some(error)).await?)
    }

    /// The next round removes what this one left.
    async fn give_up(&self, _job: &ClaimedJob, _error: &JobError) -> Result<(), JobError> {
        Ok(())
    }
}
