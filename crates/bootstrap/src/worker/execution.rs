//! One job's run: under a heartbeat, with its outcome written back to the queue.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use atelier_domain::kernel::{ClaimedJob, Clock, JobError, JobHandler, JobQueue, StoreError, error_chain};
use chrono::TimeDelta;
use futures_util::FutureExt;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// What one run needs.
pub(super) struct Execution {
    pub(super) queue: Arc<dyn JobQueue>,
    pub(super) handler: Arc<dyn JobHandler>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) lease_for: Duration,
    /// Cancelled when the process cannot wait any longer.
    pub(super) stop: CancellationToken,
}

/// The handler panicked.
#[derive(Debug, thiserror::Error)]
#[error("the job's handler panicked")]
struct Panicked;

/// Every allowed run was cut off before it could say why.
#[derive(Debug, thiserror::Error)]
#[error("every run of the job was cut off")]
struct AlwaysCutOff;

impl Execution {
    pub(super) async fn run(self, job: ClaimedJob) {
        let span = tracing::info_span!("job", job.id = %job.lease.job_id, job.kind = %job.kind, job.attempt = job.attempt);
        self.work_and_settle(&job).instrument(span).await;
    }

    async fn work_and_settle(&self, job: &ClaimedJob) {
        let kind = self.handler.kind();
        metrics::gauge!("atelier_jobs_running", "kind" => kind).increment(1.0);
        let began = Instant::now();
        let result = self.work(job).await;
        metrics::gauge!("atelier_jobs_running", "kind" => kind).decrement(1.0);
        metrics::histogram!("atelier_jobs_seconds", "kind" => kind).record(began.elapsed().as_secs_f64());
        let outcome = match self.settle(job, result).await {
            Ok(outcome) => outcome,
            Err(StoreError::LeaseLost) => "lease_lost",
            Err(error) => {
                // The lease ends by itself, then another run begins.
                tracing::error!(error = &error as &dyn std::error::Error, "the outcome of a job could not be stored");
                "unsettled"
            }
        };
        metrics::counter!("atelier_jobs_total", "kind" => kind, "outcome" => outcome).increment(1);
    }

    async fn work(&self, job: &ClaimedJob) -> Result<(), JobError> {
        if job.attempt > self.handler.backoff().attempts {
            return Err(JobError::Fail(AlwaysCutOff.into()));
        }
        let work = AssertUnwindSafe(self.handler.run(job)).catch_unwind();
        tokio::select! {
            biased;
            result = work => result.unwrap_or_else(|_panic| Err(JobError::Retry { source: Panicked.into(), after: None })),
            () = self.keep_lease(job) => Err(JobError::LeaseLost),
            () = self.stop.cancelled() => Err(JobError::Interrupted),
        }
    }

    /// Returns when the lease is lost, or may be: the store was away for as long as the lease lasts.
    async fn keep_lease(&self, job: &ClaimedJob) {
        let mut held_since = Instant::now();
        loop {
            tokio::time::sleep(self.lease_for / 3).await;
            let asked = Instant::now();
            match self.queue.heartbeat(job.lease, self.clock.now(), self.lease_for).await {
                Ok(()) => held_since = asked,
                Err(StoreError::LeaseLost) => return,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "heartbeat failed");
                    if held_since.elapsed() >= self.lease_for {
                        return;
                    }
                }
            }
        }
    }

    /// Writes the outcome to the queue and names it.
    async fn settle(&self, job: &ClaimedJob, result: Result<(), JobError>) -> Result<&'static str, StoreError> {
        let Err(error) = result else {
            tracing::debug!("job done");
            return Ok("done");
        };
        match &error {
            JobError::LeaseLost => {
                tracing::warn!("the job belongs to another worker now");
                Ok("lease_lost")
            }
            JobError::Interrupted => {
                self.queue.release(job.lease, self.clock.now()).await?;
                tracing::info!("job put back: the process stops");
                Ok("released")
            }
            JobError::Retry { after, .. } => match self.handler.backoff().after(job.attempt) {
                Some(wait) => {
                    let wait = wait.max(after.unwrap_or_default());
                    let text = error_chain(&error);
                    tracing::warn!(error = text, wait_ms = wait.as_millis() as u64, "job will be tried again");
                    self.queue.retry(job.lease, self.clock.now() + delta(wait), &text).await?;
                    Ok("retried")
                }
                None => self.give_up(job, &error).await,
            },
            JobError::Fail(_) => self.give_up(job, &error).await,
        }
    }

    /// Lets the handler settle what waits for the job, then ends the job.
    async fn give_up(&self, job: &ClaimedJob, error: &JobError) -> Result<&'static str, StoreError> {
        let text = error_chain(error);
        tracing::error!(error = text, "job given up");
        let given_up = AssertUnwindSafe(self.handler.give_up(job, error)).catch_unwind().await;
        match given_up.unwrap_or_else(|_panic| Err(JobError::Fail(Panicked.into()))) {
            Err(JobError::LeaseLost) => Err(StoreError::LeaseLost),
            // Giving up is tried again for as long as it takes: somebody waits for the outcome.
            Err(JobError::Retry { source, .. }) => {
                tracing::error!(error = &*source as &dyn std::error::Error, "giving up did not work");
                self.queue.retry(job.lease, self.clock.now() + delta(self.handler.backoff().longest), &text).await?;
                Ok("retried")
            }
            Ok(()) | Err(JobError::Fail(_) | JobError::Interrupted) => {
                self.queue.fail(job.lease, self.clock.now(), &text).await?;
                Ok("failed")
            }
        }
    }
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
