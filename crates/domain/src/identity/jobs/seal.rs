//! Sealing the audit trail.

use std::time::Duration;

use chrono::TimeDelta;

use crate::identity::IdentityPorts;
use crate::kernel::{
    AuditEntry, AuditSeal, Backoff, ClaimedJob, ExposeSecret, JobError, JobHandler, JobLease, JobPayload, StoreError, retry_on_contention,
};

/// How old an entry must be: one of a unit of work that began before and commits after another's finds its place in time. An entry that is
/// later still is sealed in the next round.
const SETTLED: TimeDelta = TimeDelta::seconds(2);

/// How many entries are sealed at once.
const BATCH: u32 = 200;

/// The payload of `kernel.audit.seal`; periodic, and without input.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SealAudit {}

impl SealAudit {
    /// How often. A round that finds nothing costs one look at an index; more often, the rows of finished jobs would be most of the queue.
    pub const PERIOD: Duration = Duration::from_secs(30);
}

impl JobPayload for SealAudit {
    const KIND: &'static str = "kernel.audit.seal";
    const VERSION: u16 = 1;
}

/// Runs `kernel.audit.seal`. Two that run beside each other want the same number, which one of them gets.
pub struct SealAuditJob {
    ports: IdentityPorts,
}

impl SealAuditJob {
    /// Makes the handler.
    pub fn new(ports: IdentityPorts) -> Self {
        Self { ports }
    }

    /// Seals what has settled, oldest first; answers how many.
    async fn seal(&self) -> Result<u64, StoreError> {
        let mut sealed = 0;
        loop {
            let batch = self.batch().await?;
            sealed += batch;
            if batch < u64::from(BATCH) {
                return Ok(sealed);
            }
        }
    }

    async fn batch(&self) -> Result<u64, StoreError> {
        let trail = self.ports.store.audit();
        let mut last = trail.last_seal().await?;
        let entries = trail.unsealed(self.ports.clock.now() - SETTLED, BATCH).await?;
        let mut links: Vec<(AuditSeal, AuditEntry)> = Vec::with_capacity(entries.len());
        for entry in entries {
            let seal = AuditSeal::after(last.as_ref(), &entry, [self.salt(), self.salt()]);
            last = Some(seal.clone());
            links.push((seal, entry));
        }
        if !links.is_empty() {
            trail.seal(&links).await?;
        }
        Ok(links.len() as u64)
    }

    fn salt(&self) -> String {
        self.ports.secrets.token().expose_secret().to_owned()
    }

    async fn complete(&self, lease: JobLease) -> Result<(), StoreError> {
        let mut uow = self.ports.store.begin().await?;
        uow.jobs().complete(lease, self.ports.clock.now()).await?;
        uow.commit().await
    }
}

#[async_trait::async_trait]
impl JobHandler for SealAuditJob {
    fn kind(&self) -> &'static str {
        SealAudit::KIND
    }

    fn backoff(&self) -> Backoff {
        Backoff { attempts: 3, first: Duration::from_secs(2), longest: Duration::from_secs(10) }
    }

    #[tracing::instrument(name = "kernel.audit.seal", skip_all, fields(job_id = %job.lease.job_id))]
    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        match retry_on_contention(|| self.seal(), |error: &StoreError| Some(error)).await {
            Ok(0) => {}
            Ok(sealed) => tracing::debug!(sealed, "audit entries sealed"),
            Err(StoreError::Conflict { constraint }) => tracing::debug!(constraint, "another process seals"),
            Err(error) => return Err(error.into()),
        }
        Ok(retry_on_contention(|| self.complete(job.lease), |error: &StoreError| Some(error)).await?)
    }

    /// The next round seals what this one left.
    async fn give_up(&self, _job: &ClaimedJob, _error: &JobError) -> Result<(), JobError> {
        Ok(())
    }
}
