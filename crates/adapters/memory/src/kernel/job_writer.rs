//! Jobs inside a unit of work.

use std::sync::Arc;

use atelier_domain::kernel::{EnqueueOutcome, JobLease, JobWriter, NewJob, StoreError, Timestamp};

use super::job_row::{JobRow, JobState};
use crate::transaction::Transaction;

#[async_trait::async_trait]
impl JobWriter for Transaction {
    async fn enqueue(&mut self, job: &NewJob) -> Result<EnqueueOutcome, StoreError> {
        if job.unique_key.is_some() && self.state.jobs.values().any(|row| row.job.unique_key == job.unique_key) {
            return Ok(EnqueueOutcome::Duplicate);
        }
        Arc::make_mut(&mut self.state.jobs).insert(job.id, JobRow::queued(job.clone()));
        self.work = true;
        Ok(EnqueueOutcome::Enqueued)
    }

    async fn is_live(&mut self, unique_key: &str) -> Result<bool, StoreError> {
        let mut with_key = self.state.jobs.values().filter(|row| row.job.unique_key.as_deref() == Some(unique_key));
        Ok(with_key.any(|row| row.finished_at().is_none()))
    }

    async fn guard(&mut self, lease: JobLease) -> Result<(), StoreError> {
        self.state.leased(lease).map(|_row| ())
    }

    async fn complete(&mut self, lease: JobLease, now: Timestamp) -> Result<(), StoreError> {
        self.state.leased(lease)?.state = JobState::Done { at: now };
        Ok(())
    }

    async fn forget(&mut self, lease: JobLease) -> Result<(), StoreError> {
        self.state.leased(lease)?;
        Arc::make_mut(&mut self.state.jobs).remove(&lease.job_id);
        Ok(())
    }
}
