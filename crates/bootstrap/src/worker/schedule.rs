//! Periodic jobs without a leader: every process enqueues the job of the present time bucket, and the unique key lets one in.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::identity::IdentityStore;
use atelier_domain::kernel::{Clock, IdGenerator, JobId, JobPayload, NewJob, StoreError, Timestamp};
use tokio_util::sync::CancellationToken;

/// The longest wait between two looks at the clock: a machine may sleep.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A job to be run once per period, counted from 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    kind: &'static str,
    version: u16,
    payload: String,
    period: Duration,
}

impl Schedule {
    /// A job of this payload once per `period`.
    ///
    /// # Errors
    /// When the payload cannot be written as JSON.
    pub fn every<P: JobPayload>(period: Duration, payload: &P) -> Result<Self, serde_json::Error> {
        let payload = serde_json::to_string(payload)?;
        Ok(Self { kind: P::KIND, version: P::VERSION, payload, period: period.max(Duration::from_secs(1)) })
    }

    fn millis(&self) -> i64 {
        i64::try_from(self.period.as_millis()).unwrap_or(i64::MAX)
    }

    fn bucket(&self, now: Timestamp) -> i64 {
        now.timestamp_millis().div_euclid(self.millis())
    }

    fn until_next(&self, now: Timestamp) -> Duration {
        let left = self.millis() - now.timestamp_millis().rem_euclid(self.millis());
        Duration::from_millis(left.unsigned_abs())
    }

    fn job(&self, id: JobId, now: Timestamp) -> NewJob {
        NewJob {
            id,
            kind: self.kind.to_owned(),
            version: self.version,
            payload: self.payload.clone(),
            run_at: now,
            unique_key: Some(format!("{}@{}", self.kind, self.bucket(now))),
            user_id: None,
            created_at: now,
        }
    }
}

/// Enqueues periodic jobs.
#[derive(Clone)]
pub struct Scheduler {
    store: Arc<dyn IdentityStore>,
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
    schedules: Vec<Schedule>,
}

impl Scheduler {
    /// A scheduler of these schedules.
    pub fn new(store: Arc<dyn IdentityStore>, ids: Arc<dyn IdGenerator>, clock: Arc<dyn Clock>, schedules: Vec<Schedule>) -> Self {
        Self { store, ids, clock, schedules }
    }

    /// Enqueues until `shutdown` is cancelled.
    pub(super) async fn run(self, shutdown: CancellationToken) {
        let mut enqueued: Vec<Option<i64>> = vec![None; self.schedules.len()];
        while !shutdown.is_cancelled() {
            let now = self.clock.now();
            for (schedule, last) in self.schedules.iter().zip(&mut enqueued) {
                let bucket = schedule.bucket(now);
                if *last == Some(bucket) {
                    continue;
                }
                match self.enqueue(schedule, now).await {
                    Ok(()) => *last = Some(bucket),
                    Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, job.kind = schedule.kind, "not scheduled"),
                }
            }
            let next = self.schedules.iter().map(|schedule| schedule.until_next(now)).min();
            tokio::select! {
                () = tokio::time::sleep(next.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    async fn enqueue(&self, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
        let mut uow = self.store.begin().await?;
        uow.jobs().enqueue(&schedule.job(self.ids.generate(), now)).await?;
        uow.commit().await
    }
}
