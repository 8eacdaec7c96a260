//! The job `wearit.tryon.run`: from a pending try-on to a picture, or to a failure with its reason.
//!
//! It may be cut off anywhere and taken up by another process: what was done is read from the try-on, and every write is guarded by the
//! lease, so a try-on is completed once.

use std::sync::Arc;
use std::time::Duration;

use crate::kernel::{
    Backoff, ClaimedJob, Clock, EventFeed, IdGenerator, ImageProcessor, JobError, JobHandler, JobPayload, ObjectStore, Timer,
};
use crate::wearit::WearitStore;
use crate::wearit::tryon::{
    Attempt, AttemptOutcome, CallbackAddresses, FailureCode, Lookup, ProviderChain, TryOn, TryOnFailure, TryOnProvider, TryOnStatus,
};
use crate::wearit::wardrobe::Category;

use super::RunTryOn;
use super::change::{Changed, Changes, Run, Then};
use super::told::{ambiguous, failure_of, missing, no_provider, retry};
use super::watch::Watch;

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

/// What the runs of try-ons need.
#[derive(Clone)]
pub struct RunnerPorts {
    /// Try-ons, garments, the job's lease.
    pub store: Arc<dyn WearitStore>,
    /// Pictures.
    pub objects: Arc<dyn ObjectStore>,
    /// Makes the renditions of a result.
    pub images: Arc<dyn ImageProcessor>,
    /// Who makes pictures.
    pub providers: ProviderChain,
    /// The addresses providers are given.
    pub callbacks: CallbackAddresses,
    /// Wakes a run when its provider told something.
    pub events: Arc<dyn EventFeed>,
    /// Ids of the messages about what became of try-ons.
    pub ids: Arc<dyn IdGenerator>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Waits.
    pub timer: Arc<dyn Timer>,
}

/// Runs try-ons.
pub struct TryOnRunner {
    pub(super) changes: Changes,
    pub(super) images: Arc<dyn ImageProcessor>,
    pub(super) providers: ProviderChain,
    pub(super) callbacks: CallbackAddresses,
    pub(super) events: Arc<dyn EventFeed>,
    pub(super) timer: Arc<dyn Timer>,
    pub(super) limits: RunLimits,
}

/// What a run has to do next.
pub(super) struct Task {
    pub(super) tryon: TryOn,
    pub(super) provider: Arc<dyn TryOnProvider>,
    pub(super) categories: Vec<Category>,
    /// What an earlier run handed over, if anything.
    pub(super) handed_over: HandedOver,
}

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: the job is done.
    Nothing,
    /// An attempt with another provider, at once.
    OtherProvider,
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
        self.failures().count()
    }

    /// Which providers failed before this attempt, and how.
    pub(super) fn failures(&self) -> impl Iterator<Item = (&str, FailureCode)> {
        self.tryon.attempts.iter().filter_map(Attempt::failure)
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
    pub fn new(ports: RunnerPorts, limits: RunLimits) -> Self {
        let RunnerPorts { store, objects, images, providers, callbacks, events, ids, clock, timer } = ports;
        Self { changes: Changes { store, objects, ids, clock }, images, providers, callbacks, events, timer, limits }
    }

    #[tracing::instrument(name = "wearit.tryon.run", skip_all, fields(tryon_id = %run.tryon_id, attempt = job.attempt))]
    async fn work(&self, run: &Run, job: &ClaimedJob) -> Result<(), JobError> {
        while self.step(run, job).await? == Next::OtherProvider {}
        Ok(())
    }

    /// One attempt, from choosing the provider to what came of it.
    async fn step(&self, run: &Run, job: &ClaimedJob) -> Result<Next, JobError> {
        let Some(tryon) = self.changes.store.tryons().find(run.user_id, run.tryon_id).await? else {
            return self.wind_up(run).await;
        };
        if tryon.status == TryOnStatus::Completed {
            self.changes.complete_job(run).await?;
            return Ok(Next::Nothing);
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
        let watch = Watch::default();
        if task.handed_over != HandedOver::Nothing {
            watch.hear(Some(&task.tryon));
        }
        let made = self.attempt(run, &task, &watch).await?;
        let next = self.settle(run, job, &task, made).await?;
        if watch.heard().is_some_and(|mark| mark.finished) {
            self.changes.forget_heard(run).await;
        }
        Ok(next)
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
        let failures: Vec<_> = tryon.attempts.iter().filter_map(Attempt::failure).collect();
        let Ok(provider) = self.providers.choose(&categories, &tryon.options, &failures) else {
            return Ok(Err(no_provider()));
        };
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
            tryon.end_attempt(AttemptOutcome::Failed { code: FailureCode::ProviderError, reason: Attempt::INTERRUPTED.to_owned() }, now);
            tryon.start(task.provider.name(), now)
        });
        Ok(started.await?)
    }

    /// Ends a job whose try-on was cancelled, failed or deleted.
    pub(super) async fn wind_up(&self, run: &Run) -> Result<Next, JobError> {
        self.changes.discard_pictures(run).await.map_err(|error| retry(error.into()))?;
        self.changes.complete_job(run).await?;
        Ok(Next::Nothing)
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
