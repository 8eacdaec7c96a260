//! The job `wearit.tryon.run`: from a pending try-on to a picture, or to a failure with its reason.
//!
//! It may be cut off anywhere and taken up by another process: what was done is read from the try-on, and every write is guarded by the
//! lease, so a try-on is completed once.

use std::sync::Arc;
use std::time::Duration;

use crate::kernel::{Backoff, ClaimedJob, Clock, ImageProcessor, JobError, JobHandler, JobPayload, ObjectStore, Source, Timer};
use crate::wearit::WearitStore;
use crate::wearit::tryon::{
    Attempt, AttemptOutcome, FailureCode, Lookup, ProviderChain, ProviderFailure, TryOn, TryOnFailure, TryOnProvider, TryOnStatus,
};
use crate::wearit::wardrobe::Category;

use super::RunTryOn;
use super::change::{Changed, Changes, Run, Then};

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunLimits {
    /// Between two looks at progress and cancellation; also the shortest time between two stored progresses.
    pub tick: Duration,
    /// The longest an attempt with a provider may take.
    pub attempt: Duration,
    /// Most attempts with providers that may fail before the try-on does.
    pub attempts: u32,
    /// Runs of the job and the waits between them. There are more than attempts: runs also end because a store is away for a while, and that
    /// must not cost a picture that is being made, or paid for.
    pub backoff: Backoff,
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            tick: Duration::from_millis(500),
            attempt: Duration::from_secs(300),
            attempts: 4,
            backoff: Backoff { attempts: 12, first: Duration::from_secs(2), longest: Duration::from_secs(60) },
        }
    }
}

/// Runs try-ons.
pub struct TryOnRunner {
    pub(super) changes: Changes,
    pub(super) images: Arc<dyn ImageProcessor>,
    pub(super) providers: ProviderChain,
    pub(super) timer: Arc<dyn Timer>,
    pub(super) limits: RunLimits,
}

/// The reason of an attempt that ended because its run was cut off.
pub(super) const INTERRUPTED: &str = "interrupted";

/// What a run has to do next.
pub(super) struct Task {
    pub(super) tryon: TryOn,
    pub(super) provider: Arc<dyn TryOnProvider>,
    pub(super) categories: Vec<Category>,
    /// What an earlier run handed over, if anything.
    pub(super) handed_over: HandedOver,
}

/// What the provider has of the attempt under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HandedOver {
    /// Nothing: the request is still to be sent.
    Nothing,
    /// The request, found under this id, which is still to be stored.
    Found(String),
    /// The request, under this id, which is stored.
    Stored(String),
}

impl Task {
    /// How many attempts a provider failed before this one.
    pub(super) fn failed_attempts(&self) -> usize {
        let failed = |attempt: &&Attempt| matches!(&attempt.outcome, AttemptOutcome::Failed { reason, .. } if reason != INTERRUPTED);
        self.tryon.attempts.iter().filter(failed).count()
    }

    /// Our own name of the attempt's submission; before the attempt is recorded, of the one to come.
    pub(super) fn reference(&self) -> String {
        let recorded = self.tryon.attempts.len() + usize::from(self.handed_over == HandedOver::Nothing);
        reference(&self.tryon, recorded)
    }
}

fn reference(tryon: &TryOn, attempt: usize) -> String {
    format!("{}-{attempt}", tryon.id)
}

impl TryOnRunner {
    /// A runner over these ports.
    pub fn new(
        store: Arc<dyn WearitStore>,
        objects: Arc<dyn ObjectStore>,
        images: Arc<dyn ImageProcessor>,
        providers: ProviderChain,
        clock: Arc<dyn Clock>,
        timer: Arc<dyn Timer>,
        limits: RunLimits,
    ) -> Self {
        Self { changes: Changes { store, objects, clock }, images, providers, timer, limits }
    }

    #[tracing::instrument(name = "wearit.tryon.run", skip_all, fields(tryon_id = %run.tryon_id, attempt = job.attempt))]
    async fn work(&self, run: &Run, job: &ClaimedJob) -> Result<(), JobError> {
        let Some(tryon) = self.changes.store.tryons().find(run.user_id, run.tryon_id).await? else {
            return self.wind_up(run).await;
        };
        if tryon.status == TryOnStatus::Completed {
            return Ok(self.changes.complete_job(run).await?);
        }
        if tryon.status.is_terminal() {
            return self.wind_up(run).await;
        }
        let task = match self.plan(tryon).await? {
            Ok(task) => task,
            Err(failure) => return self.fail(run, &failure).await,
        };
        if self.take_up(run, &task).await? == Changed::Unwanted {
            return self.wind_up(run).await;
        }
        let made = self.attempt(run, &task).await?;
        self.settle(run, job, &task, made).await
    }

    /// Continues with what an earlier run handed over, else chooses a provider: the next one after each failure.
    async fn plan(&self, tryon: TryOn) -> Result<Result<Task, TryOnFailure>, JobError> {
        let garments = self.changes.store.clothing().find_many(tryon.user_id, &tryon.clothing_ids).await?;
        let category_of = |id| garments.iter().find(|garment| garment.id == id).map(|garment| garment.category);
        let categories: Vec<_> = tryon.clothing_ids.iter().filter_map(|id| category_of(*id)).collect();
        if categories.is_empty() || categories.len() < tryon.clothing_ids.len() {
            return Ok(Err(missing("garment_missing", "the garment is not there any more")));
        }
        if let Some((attempt, id)) = tryon.attempts.last().and_then(handed_over)
            && let Some(provider) = self.providers.named(&attempt.provider)
        {
            let handed_over = HandedOver::Stored(id.to_owned());
            return Ok(Ok(Task { tryon, provider, categories, handed_over }));
        }
        if let Some(provider) = self.unanswered(&tryon) {
            match provider.find_submission(&reference(&tryon, tryon.attempts.len())).await {
                Ok(Lookup::Found { external_id }) => {
                    return Ok(Ok(Task { tryon, provider, categories, handed_over: HandedOver::Found(external_id) }));
                }
                Ok(Lookup::NotFound) => {}
                Ok(Lookup::Unknown) => return Ok(Err(ambiguous())),
                Err(failure) => return Err(retry(failure.into())),
            }
        }
        let Ok(candidates) = self.providers.candidates(&categories, &tryon.options) else {
            return Ok(Err(no_provider()));
        };
        let failed = tryon.attempts.iter().filter(|attempt| matches!(attempt.outcome, AttemptOutcome::Failed { .. })).count();
        let provider = candidates[failed % candidates.len()].clone();
        Ok(Ok(Task { tryon, provider, categories, handed_over: HandedOver::Nothing }))
    }

    /// The provider of an attempt that an earlier run began and that may have been paid for without our knowing.
    fn unanswered(&self, tryon: &TryOn) -> Option<Arc<dyn TryOnProvider>> {
        let attempt = tryon.attempts.last().filter(|attempt| attempt.ended_at.is_none() && attempt.external_id.is_none())?;
        self.providers.named(&attempt.provider).filter(|provider| provider.is_charged())
    }

    /// Records the attempt before anything is spent on it.
    async fn take_up(&self, run: &Run, task: &Task) -> Result<Changed, JobError> {
        if task.handed_over != HandedOver::Nothing {
            return Ok(Changed::Yes);
        }
        let now = self.changes.clock.now();
        let started = self.changes.apply(run, Then::Continue, |tryon| {
            tryon.end_attempt(AttemptOutcome::Failed { code: FailureCode::ProviderError, reason: INTERRUPTED.to_owned() }, now);
            tryon.start(task.provider.name(), now)
        });
        Ok(started.await?)
    }

    /// Ends a job whose try-on was cancelled, failed or deleted.
    pub(super) async fn wind_up(&self, run: &Run) -> Result<(), JobError> {
        self.changes.discard_pictures(run).await.map_err(|error| retry(error.into()))?;
        Ok(self.changes.complete_job(run).await?)
    }
}

#[async_trait::async_trait]
impl JobHandler for TryOnRunner {
    fn kind(&self) -> &'static str {
        RunTryOn::KIND
    }

    fn backoff(&self) -> Backoff {
        self.limits.backoff
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        let run = run_of(job)?;
        self.work(&run, job).await
    }

    async fn give_up(&self, job: &ClaimedJob, error: &JobError) -> Result<(), JobError> {
        let run = run_of(job)?;
        let failure = failure_of(error);
        let now = self.changes.clock.now();
        self.changes.apply(&run, Then::Continue, |tryon| tryon.fail(failure.clone(), now)).await?;
        Ok(())
    }
}

fn run_of(job: &ClaimedJob) -> Result<Run, JobError> {
    let RunTryOn { user_id, tryon_id } = job.payload().map_err(|error| JobError::Fail(error.into()))?;
    Ok(Run { lease: job.lease, user_id, tryon_id })
}

fn handed_over(attempt: &Attempt) -> Option<(&Attempt, &str)> {
    if attempt.ended_at.is_some() {
        return None;
    }
    attempt.external_id.as_deref().map(|id| (attempt, id))
}

/// What the person is told when the job is given up.
fn failure_of(error: &JobError) -> TryOnFailure {
    let source = match error {
        JobError::Retry { source, .. } | JobError::Fail(source) => Some(source),
        JobError::LeaseLost | JobError::Interrupted => None,
    };
    match source.and_then(|source| source.downcast_ref::<ProviderFailure>()) {
        Some(ProviderFailure::Failed { failure, .. }) => failure.clone(),
        _ => TryOnFailure::new(
            FailureCode::ProviderError,
            "gave_up",
            "the picture could not be made after several tries",
            "ask for it again in a while",
        ),
    }
}

pub(super) fn retry(source: Source) -> JobError {
    JobError::Retry { source, after: None }
}

pub(super) fn missing(reason: &str, message: &str) -> TryOnFailure {
    TryOnFailure::new(FailureCode::InputUnreadable, reason, message, "upload the picture again and ask for a new try-on")
}

/// Nobody knows whether the provider took the request: it is not sent again, since it may have been paid for.
pub(super) fn ambiguous() -> TryOnFailure {
    TryOnFailure::new(
        FailureCode::ProviderTimeout,
        "ambiguous_submit",
        "the engine's answer never arrived, so nobody knows whether it works on the picture",
        "ask for it again: POST /api/v1/tryon/{id}/retry",
    )
}

fn no_provider() -> TryOnFailure {
    TryOnFailure::new(
        FailureCode::ProviderError,
        "no_provider",
        "no try-on engine serves this request any more",
        "see GET /api/v1/tryon/capabilities",
    )
}
