//! The queue as a worker sees it.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::kernel::{ClaimedJob, JobCounts, JobLease, JobQueue, StoreError, Timestamp};

use super::job_row::{JobState, lease_end};
use crate::state::purge;
use crate::store::MemoryStore;

#[async_trait::async_trait]
impl JobQueue for MemoryStore {
    async fn claim(&self, _worker: &str, kinds: &[&str], now: Timestamp, lease_for: Duration) -> Result<Option<ClaimedJob>, StoreError> {
        let mut transaction = self.transaction().await;
        let due = transaction.state.jobs.values().filter(|row| kinds.contains(&row.job.kind.as_str()) && row.is_due(now));
        let Some(id) = due.min_by_key(|row| (row.job.run_at, row.job.created_at, row.job.id)).map(|row| row.job.id) else {
            return Ok(None);
        };
        let claimed = Arc::make_mut(&mut transaction.state.jobs).get_mut(&id).map(|row| row.claim(lease_end(now, lease_for)));
        transaction.publish();
        Ok(claimed)
    }

    async fn heartbeat(&self, lease: JobLease, now: Timestamp, lease_for: Duration) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await;
        transaction.state.leased(lease)?.state = JobState::Running { until: lease_end(now, lease_for) };
        transaction.publish();
        Ok(())
    }

    async fn retry(&self, lease: JobLease, run_at: Timestamp, error: &str) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await;
        let row = transaction.state.leased(lease)?;
        row.state = JobState::Queued;
        row.job.run_at = run_at;
        row.last_error = Some(error.to_owned());
        transaction.work = true;
        transaction.publish();
        Ok(())
    }

    async fn fail(&self, lease: JobLease, now: Timestamp, error: &str) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await;
        let row = transaction.state.leased(lease)?;
        row.state = JobState::Failed { at: now };
        row.last_error = Some(error.to_owned());
        transaction.publish();
        Ok(())
    }

    async fn release(&self, lease: JobLease, now: Timestamp) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await;
        let row = transaction.state.leased(lease)?;
        row.state = JobState::Queued;
        row.job.run_at = now;
        row.attempt -= 1;
        transaction.work = true;
        transaction.publish();
        Ok(())
    }

    async fn wait_for_work(&self, at_most: Duration) {
        let _woken_or_too_late = tokio::time::timeout(at_most, self.shared().work.notified()).await.is_ok();
    }

    async fn counts(&self) -> Result<JobCounts, StoreError> {
        let mut counts = JobCounts::default();
        for row in self.committed().jobs.values() {
            *match row.state {
                JobState::Queued => &mut counts.queued,
                JobState::Running { .. } => &mut counts.running,
                JobState::Done { .. } => &mut counts.done,
                JobState::Failed { .. } => &mut counts.failed,
            } += 1;
        }
        Ok(counts)
    }

    async fn queued_before(&self, kind: &str, created_at: Timestamp) -> Result<u64, StoreError> {
        let state = self.committed();
        let waiting = state.jobs.values().filter(|row| row.state == JobState::Queued && row.job.kind == kind);
        Ok(waiting.filter(|row| row.job.created_at < created_at).count() as u64)
    }

    async fn purge(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut transaction = self.transaction().await;
        let jobs = purge(&mut transaction.state.jobs, |row| row.finished_at().is_some_and(|at| at < before));
        let records = purge(&mut transaction.state.idempotency, |record| record.expires_at < before);
        transaction.publish();
        Ok(jobs + records)
    }
}
