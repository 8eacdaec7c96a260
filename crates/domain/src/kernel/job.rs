//! Background jobs: at least once, by lease, with a fencing number; enqueued in the unit of work of the data they belong to.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{JobId, Source, StoreError, Timestamp, UserId};

/// A job's stored input. Our own stored format: a new version keeps reading the previous one.
pub trait JobPayload: Serialize + DeserializeOwned + Send {
    /// The job's kind, `context.feature.verb`, stable for ever.
    const KIND: &'static str;
    /// The version written; [`ClaimedJob::payload`] is told what was read.
    const VERSION: u16;
}

/// The stored payload cannot be read as the expected type.
#[derive(Debug, thiserror::Error)]
#[error("job payload of kind {kind} version {version} cannot be read")]
pub struct PayloadError {
    /// The job's kind.
    pub kind: String,
    /// The payload's version.
    pub version: u16,
    /// Why.
    #[source]
    pub source: serde_json::Error,
}

/// A job to be enqueued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// Its kind.
    pub kind: String,
    /// The payload's version.
    pub version: u16,
    /// The payload as JSON text.
    pub payload: String,
    /// Not before.
    pub run_at: Timestamp,
    /// At most one job with this key exists, finished ones (kept seven days) included.
    pub unique_key: Option<String>,
    /// Whose data the job works on, so that erasure finds it.
    pub user_id: Option<UserId>,
    /// When it was enqueued.
    pub created_at: Timestamp,
}

impl NewJob {
    /// A job of the payload's kind, to run now.
    ///
    /// # Errors
    /// [`StoreError::Other`] when the payload cannot be written as JSON.
    pub fn of<P: JobPayload>(id: JobId, payload: &P, now: Timestamp) -> Result<Self, StoreError> {
        let payload = serde_json::to_string(payload).map_err(|error| StoreError::Other(error.into()))?;
        Ok(Self {
            id,
            kind: P::KIND.to_owned(),
            version: P::VERSION,
            payload,
            run_at: now,
            unique_key: None,
            user_id: None,
            created_at: now,
        })
    }

    /// Makes it one of a kind.
    #[must_use]
    pub fn unique(mut self, key: impl Into<String>) -> Self {
        self.unique_key = Some(key.into());
        self
    }

    /// Says whose data it works on.
    #[must_use]
    pub fn for_user(mut self, user_id: UserId) -> Self {
        self.user_id = Some(user_id);
        self
    }
}

/// The right to work on a job: valid while the stored fence is the same. Every write of a run is guarded by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobLease {
    /// The job.
    pub job_id: JobId,
    /// Grows with each claim.
    pub fence: u64,
}

/// A claimed job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    /// The right to work on it.
    pub lease: JobLease,
    /// Its kind.
    pub kind: String,
    /// The payload's version.
    pub version: u16,
    /// The payload as JSON text.
    pub payload: String,
    /// This run's number, from 1; runs that ended in a crash count.
    pub attempt: u32,
    /// When it was enqueued.
    pub created_at: Timestamp,
}

impl ClaimedJob {
    /// Reads the payload.
    ///
    /// # Errors
    /// [`PayloadError`] when it is not of the expected form.
    pub fn payload<P: JobPayload>(&self) -> Result<P, PayloadError> {
        serde_json::from_str(&self.payload).map_err(|source| PayloadError { kind: self.kind.clone(), version: self.version, source })
    }
}

/// What became of an enqueue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnqueueOutcome {
    /// It is in the queue.
    Enqueued,
    /// A job with the same unique key exists already; nothing was written.
    Duplicate,
}

/// Jobs inside a unit of work.
#[async_trait::async_trait]
pub trait JobWriter: Send {
    /// Enqueues a job; workers see it only after the commit.
    async fn enqueue(&mut self, job: &NewJob) -> Result<EnqueueOutcome, StoreError>;
    /// Whether a job with this unique key is queued or running; finished ones do not count.
    async fn is_live(&mut self, unique_key: &str) -> Result<bool, StoreError>;
    /// MUST answer [`StoreError::LeaseLost`] unless the job is running under exactly this fence.
    async fn guard(&mut self, lease: JobLease) -> Result<(), StoreError>;
    /// Marks the job done, guarded as [`guard`](JobWriter::guard) is.
    async fn complete(&mut self, lease: JobLease, now: Timestamp) -> Result<(), StoreError>;
    /// Removes the job's row altogether (erasure leaves none), guarded.
    async fn forget(&mut self, lease: JobLease) -> Result<(), StoreError>;
}

/// How many jobs are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Waiting, due or not.
    pub queued: u64,
    /// Under a lease, expired ones included.
    pub running: u64,
    /// Done, kept for seven days.
    pub done: u64,
    /// Given up, kept for seven days.
    pub failed: u64,
}

/// The queue as a worker sees it.
#[async_trait::async_trait]
pub trait JobQueue: Send + Sync {
    /// Claims the oldest due job of one of `kinds`: queued with `run_at <= now`, or running under a lease that ended before `now`.
    ///
    /// MUST give a job to one caller only, with a fence above every earlier one, and count the attempt.
    async fn claim(&self, worker: &str, kinds: &[&str], now: Timestamp, lease_for: Duration) -> Result<Option<ClaimedJob>, StoreError>;
    /// Extends the lease to `now + lease_for`. MUST answer [`StoreError::LeaseLost`] when the fence is not current.
    async fn heartbeat(&self, lease: JobLease, now: Timestamp, lease_for: Duration) -> Result<(), StoreError>;
    /// Puts the job back, due at `run_at`; `error` is kept for the operator. Guarded by the fence.
    async fn retry(&self, lease: JobLease, run_at: Timestamp, error: &str) -> Result<(), StoreError>;
    /// Gives the job up. Guarded by the fence.
    async fn fail(&self, lease: JobLease, now: Timestamp, error: &str) -> Result<(), StoreError>;
    /// Puts an unfinished job back without counting the attempt (graceful drain). Guarded by the fence.
    async fn release(&self, lease: JobLease, now: Timestamp) -> Result<(), StoreError>;
    /// Returns when work may be waiting, or after `at_most`; in-process enqueues wake it at once.
    async fn wait_for_work(&self, at_most: Duration);
    /// How many jobs are in which state.
    async fn counts(&self) -> Result<JobCounts, StoreError>;
    /// How many queued jobs of `kind` were enqueued before `created_at`.
    async fn queued_before(&self, kind: &str, created_at: Timestamp) -> Result<u64, StoreError>;
    /// Deletes finished jobs (done or failed) older than `before`, and expired idempotency records; returns how many rows went.
    async fn purge(&self, before: Timestamp) -> Result<u64, StoreError>;
}

/// How a run ended when it did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Worth another try, after the backoff or, if given, after this long.
    #[error("the job will be tried again")]
    Retry {
        /// Why.
        #[source]
        source: Source,
        /// A longer wait asked for by somebody else (`Retry-After`).
        after: Option<Duration>,
    },
    /// Another try cannot help.
    #[error("the job failed for good")]
    Fail(#[source] Source),
    /// Another worker owns the job now; nothing more to do.
    #[error("the job lease is lost")]
    LeaseLost,
    /// The process is shutting down; put it back.
    #[error("the job was interrupted by shutdown")]
    Interrupted,
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LeaseLost => Self::LeaseLost,
            StoreError::Corrupt { .. } => Self::Fail(error.into()),
            _ => Self::Retry { source: error.into(), after: None },
        }
    }
}

/// Attempts and waits of a kind of job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Most runs, the first included.
    pub attempts: u32,
    /// Wait after the first failure; doubles each time.
    pub first: Duration,
    /// Longest wait.
    pub longest: Duration,
}

impl Backoff {
    /// The wait after run number `attempt` (from 1) failed; `None` when that was the last.
    pub fn after(&self, attempt: u32) -> Option<Duration> {
        if attempt >= self.attempts {
            return None;
        }
        let doubled = self.first.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1)));
        Some(doubled.min(self.longest))
    }
}

/// Runs one kind of job. MUST be idempotent: a run may be cut off anywhere and started again by another process.
#[async_trait::async_trait]
pub trait JobHandler: Send + Sync {
    /// The kind it runs.
    fn kind(&self) -> &'static str;
    /// Its attempts and waits.
    fn backoff(&self) -> Backoff;
    /// Does the work and completes the job in the last unit of work it commits.
    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError>;
    /// Called once when the last attempt failed, before the job is given up: the place to settle what waits for it.
    async fn give_up(&self, job: &ClaimedJob, error: &JobError) -> Result<(), JobError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_end_with_the_attempts() {
        let backoff = Backoff { attempts: 5, first: Duration::from_secs(5), longest: Duration::from_secs(15) };
        let waits: Vec<_> = (1..=5).map(|attempt| backoff.after(attempt).map(|wait| wait.as_secs())).collect();
        assert_eq!(waits, [Some(5), Some(10), Some(15), Some(15), None]);
    }
}
