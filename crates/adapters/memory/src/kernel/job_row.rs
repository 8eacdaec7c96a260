//! A job as it is kept.

use std::time::Duration;

use atelier_domain::kernel::{ClaimedJob, JobLease, NewJob, StoreError, Timestamp};

use crate::state::State;

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobState {
    Queued,
    Running { until: Timestamp },
    Done { at: Timestamp },
    Failed { at: Timestamp },
}

/// A job and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct JobRow {
    pub(crate) job: NewJob,
    pub(crate) state: JobState,
    pub(crate) fence: u64,
    pub(crate) attempt: u32,
    /// Why the last run that failed did.
    pub(crate) last_error: Option<String>,
}

impl JobRow {
    pub(crate) fn queued(job: NewJob) -> Self {
        Self { job, state: JobState::Queued, fence: 0, attempt: 0, last_error: None }
    }

    /// Whether a worker may take it at `now`.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        match self.state {
            JobState::Queued => self.job.run_at <= now,
            JobState::Running { until } => until < now,
            JobState::Done { .. } | JobState::Failed { .. } => false,
        }
    }

    /// Puts it under a new lease.
    pub(crate) fn claim(&mut self, until: Timestamp) -> ClaimedJob {
        self.state = JobState::Running { until };
        self.fence += 1;
        self.attempt += 1;
        ClaimedJob {
            lease: JobLease { job_id: self.job.id, fence: self.fence },
            kind: self.job.kind.clone(),
            version: self.job.version,
            payload: self.job.payload.clone(),
            attempt: self.attempt,
            created_at: self.job.created_at,
        }
    }

    /// When it was done or given up.
    pub(crate) fn finished_at(&self) -> Option<Timestamp> {
        match self.state {
            JobState::Done { at } | JobState::Failed { at } => Some(at),
            JobState::Queued | JobState::Running { .. } => None,
        }
    }
}

/// The end of a lease taken now.
pub(crate) fn lease_end(now: Timestamp, lease_for: Duration) -> Timestamp {
    chrono::TimeDelta::from_std(lease_for).ok().and_then(|length| now.checked_add_signed(length)).unwrap_or(Timestamp::MAX_UTC)
}

impl State {
    /// The job running under exactly this lease.
    pub(crate) fn leased(&mut self, lease: JobLease) -> Result<&mut JobRow, StoreError> {
        let row = std::sync::Arc::make_mut(&mut self.jobs).get_mut(&lease.job_id);
        row.filter(|row| row.fence == lease.fence && matches!(row.state, JobState::Running { .. })).ok_or(StoreError::LeaseLost)
    }
}
