//! The daily walk, a piece per job: a worker is never held by it for long, and a restart goes on where it was.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::kernel::{Backoff, ClaimedJob, Clock, IdGenerator, JobError, JobHandler, JobPayload, NewJob};
use crate::wearit::WearitStore;

use super::{IntegrityError, IntegrityService, Phase};

/// One piece of the walk; the default is its beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckFiles {
    /// The number of the phase in [`Phase::ALL`].
    #[serde(default)]
    pub phase: usize,
    /// Where the phase goes on.
    #[serde(default)]
    pub after: Option<String>,
}

impl JobPayload for CheckFiles {
    const KIND: &'static str = "wearit.integrity.check";
    const VERSION: u16 = 1;
}

/// Runs [`CheckFiles`].
pub struct CheckFilesHandler {
    integrity: IntegrityService,
    store: Arc<dyn WearitStore>,
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
}

impl CheckFilesHandler {
    /// How old a file without a row must be to be removed: no request or job lasts that long.
    pub const GRACE: TimeDelta = TimeDelta::hours(24);

    /// The handler over its ports.
    pub fn new(integrity: IntegrityService, store: Arc<dyn WearitStore>, ids: Arc<dyn IdGenerator>, clock: Arc<dyn Clock>) -> Self {
        Self { integrity, store, ids, clock }
    }
}

#[async_trait::async_trait]
impl JobHandler for CheckFilesHandler {
    fn kind(&self) -> &'static str {
        CheckFiles::KIND
    }

    fn backoff(&self) -> Backoff {
        Backoff { attempts: 10, first: Duration::from_secs(30), longest: Duration::from_secs(3600) }
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        let piece: CheckFiles = job.payload().map_err(|error| JobError::Fail(error.into()))?;
        let mut follows = None;
        if let Some(phase) = Phase::ALL.get(piece.phase) {
            let step = self.integrity.step(*phase, piece.after.as_deref(), Self::GRACE).await.map_err(retry)?;
            for key in &step.findings.missing {
                tracing::error!("a file is missing that a row owns: {key}");
            }
            for key in &step.findings.orphans {
                tracing::warn!("a file that no row owns is removed: {key}");
            }
            self.integrity.remove(&step.findings.orphans).await.map_err(retry)?;
            follows = match step.next {
                Some(after) => Some(CheckFiles { phase: piece.phase, after: Some(after) }),
                None => Some(CheckFiles { phase: piece.phase + 1, after: None }).filter(|next| next.phase < Phase::ALL.len()),
            };
        }
        let now = self.clock.now();
        let mut uow = self.store.begin().await?;
        uow.jobs().complete(job.lease, now).await?;
        if let Some(next) = follows {
            uow.jobs().enqueue(&NewJob::of(self.ids.generate(), &next, now)?).await?;
        }
        Ok(uow.commit().await?)
    }

    async fn give_up(&self, _job: &ClaimedJob, error: &JobError) -> Result<(), JobError> {
        tracing::error!(%error, "the check of rows and files ended early; the next one begins tomorrow");
        Ok(())
    }
}

fn retry(error: IntegrityError) -> JobError {
    match error {
        IntegrityError::Store(error) => error.into(),
        IntegrityError::Objects(error) => JobError::Retry { source: error.into(), after: None },
    }
}
