//! One attempt with one provider: its pictures read, its work watched.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use chrono::TimeDelta;

use crate::kernel::{JobError, ObjectKey, ObjectStoreError, StoreError};
use crate::wearit::tryon::{
    Control, FailureCode, ProgressSink, ProviderFailure, ProviderImage, ProviderResult, Submission, TryOnFailure, TryOnInputs,
    TryOnProvider, TryOnStatus,
};

use super::change::{Changed, Run, Then};
use super::run::{HandedOver, Task, TryOnRunner, ambiguous, missing, retry};
use super::watch::{Watch, until};

/// How many ticks a provider that was told to stop gets before it is dropped.
const TICKS_TO_STOP: u32 = 10;
/// The waits between two polls of a provider.
const FIRST_POLL: Duration = Duration::from_secs(1);
const LONGEST_POLL: Duration = Duration::from_secs(10);

/// What an attempt gave.
pub(super) enum Made {
    /// A picture.
    Picture(ProviderResult),
    /// None, and here is why.
    Failed { failure: TryOnFailure, retry_after: Option<Duration> },
    /// None that anybody knows of, and another attempt might pay twice.
    Lost { failure: TryOnFailure },
    /// None, because it is not wanted any more.
    Unwanted,
}

impl From<Result<ProviderResult, ProviderFailure>> for Made {
    fn from(result: Result<ProviderResult, ProviderFailure>) -> Self {
        match result {
            Ok(picture) => Self::Picture(picture),
            Err(ProviderFailure::Failed { failure, retry_after }) => Self::Failed { failure, retry_after },
            Err(ProviderFailure::Stopped) => {
                Self::Failed { failure: provider_error("stopped", "the engine stopped by itself"), retry_after: None }
            }
        }
    }
}

impl TryOnRunner {
    pub(super) async fn attempt(&self, run: &Run, task: &Task) -> Result<Made, JobError> {
        let watch = Watch::default();
        let external_id = match &task.handed_over {
            HandedOver::Stored(id) | HandedOver::Found(id) => id.clone(),
            HandedOver::Nothing => {
                let inputs = match self.inputs(task).await? {
                    Ok(inputs) => inputs,
                    Err(failure) => return Ok(Made::Failed { failure, retry_after: None }),
                };
                match self.watched(run, &watch, task.provider.submit(inputs, &watch)).await? {
                    Watched::Done(Ok(Submission::Done(picture))) => return Ok(Made::Picture(picture)),
                    Watched::Done(Ok(Submission::Accepted { external_id })) => external_id,
                    Watched::Done(Ok(Submission::Running(_))) => {
                        let failure = provider_error("unexpected_answer", "the engine gave an answer it should not give");
                        return Ok(Made::Failed { failure, retry_after: None });
                    }
                    Watched::Done(Err(failure)) => return Ok(Err(failure).into()),
                    Watched::Unwanted => return Ok(Made::Unwanted),
                    Watched::TooLong if task.provider.is_charged() => return Ok(Made::Lost { failure: ambiguous() }),
                    Watched::TooLong => return Ok(Made::Failed { failure: timeout(), retry_after: None }),
                }
            }
        };
        self.follow(run, task, &watch, &external_id).await
    }

    /// Waits for a request that was handed over. Its id is stored first, so that a crash continues and never pays twice.
    async fn follow(&self, run: &Run, task: &Task, watch: &Watch, external_id: &str) -> Result<Made, JobError> {
        if !matches!(task.handed_over, HandedOver::Stored(_)) {
            let store_id = |tryon: &mut crate::wearit::tryon::TryOn| {
                if let Some(attempt) = tryon.attempts.last_mut() {
                    attempt.external_id = Some(external_id.to_owned());
                }
                Ok(())
            };
            if self.changes.apply(run, Then::Continue, store_id).await? == Changed::Unwanted {
                stop(task.provider.as_ref(), external_id).await;
                return Ok(Made::Unwanted);
            }
        }
        let made = match self.watched(run, watch, self.poll(task.provider.as_ref(), external_id, watch)).await? {
            Watched::Done(result) => return Ok(result.into()),
            Watched::Unwanted => Made::Unwanted,
            Watched::TooLong => Made::Failed { failure: timeout(), retry_after: None },
        };
        stop(task.provider.as_ref(), external_id).await;
        Ok(made)
    }

    async fn poll(&self, provider: &dyn TryOnProvider, external_id: &str, watch: &Watch) -> Result<ProviderResult, ProviderFailure> {
        let mut wait = FIRST_POLL;
        loop {
            self.timer.sleep(wait).await;
            wait = (wait * 2).min(LONGEST_POLL);
            match provider.poll(external_id).await {
                Ok(Submission::Done(picture)) => return Ok(picture),
                Ok(Submission::Running(progress)) => {
                    if watch.report(progress) == Control::Stop {
                        return Err(ProviderFailure::Stopped);
                    }
                }
                Ok(Submission::Accepted { .. }) => {}
                // The request goes on at the provider: only the look at it was refused.
                Err(ProviderFailure::Failed { failure, retry_after }) if failure.code == FailureCode::ProviderBusy => {
                    wait = retry_after.unwrap_or(wait);
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn inputs(&self, task: &Task) -> Result<Result<TryOnInputs, TryOnFailure>, JobError> {
        let tryon = &task.tryon;
        let Some(body) = tryon.body_id else {
            return Ok(Err(missing("body_photo_missing", "the body photo is not there any more")));
        };
        let Some(person) = self.picture(&ObjectKey::body_source(tryon.user_id, body)).await? else {
            return Ok(Err(missing("body_photo_missing", "the body photo is not there any more")));
        };
        let mut garments = Vec::with_capacity(task.categories.len());
        for (id, category) in tryon.clothing_ids.iter().zip(&task.categories) {
            let Some(garment) = self.picture(&ObjectKey::clothing_source(tryon.user_id, *id)).await? else {
                return Ok(Err(missing("garment_photo_missing", "the garment's picture is not there any more")));
            };
            garments.push((*category, garment));
        }
        Ok(Ok(TryOnInputs { person, garments, options: tryon.options.clone(), reference: task.reference() }))
    }

    async fn picture(&self, key: &ObjectKey) -> Result<Option<ProviderImage>, JobError> {
        match self.changes.objects.get(key).await {
            Ok(jpeg) => Ok(Some(ProviderImage { jpeg })),
            Err(ObjectStoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(retry(error.into())),
        }
    }

    /// Lets `work` go on while its progress is stored, until it is done, not wanted any more, or takes too long.
    async fn watched<T: Send>(&self, run: &Run, watch: &Watch, work: impl Future<Output = T> + Send) -> Result<Watched<T>, JobError> {
        let mut work = pin!(work);
        let longest = TimeDelta::from_std(self.limits.attempt).unwrap_or(TimeDelta::MAX);
        let began = self.changes.clock.now();
        let ended = loop {
            if let Some(done) = until(work.as_mut(), self.timer.sleep(self.limits.tick)).await {
                return Ok(Watched::Done(done));
            }
            match self.look(run, watch).await {
                Ok(Changed::Yes) => {}
                Ok(Changed::Unwanted) => break Watched::Unwanted,
                Err(StoreError::LeaseLost) => return Err(JobError::LeaseLost),
                // Progress is a courtesy: a store that is away for a moment must not cost the picture.
                Err(error) => tracing::warn!(%error, "progress was not stored"),
            }
            if self.changes.clock.now() - began > longest {
                break Watched::TooLong;
            }
        };
        watch.stop();
        for _ in 0..TICKS_TO_STOP {
            if until(work.as_mut(), self.timer.sleep(self.limits.tick)).await.is_some() {
                break;
            }
        }
        Ok(ended)
    }

    /// Stores new progress, or else only learns whether the try-on is still wanted.
    async fn look(&self, run: &Run, watch: &Watch) -> Result<Changed, StoreError> {
        if let Some(progress) = watch.take() {
            return self.changes.apply(run, Then::Continue, |tryon| tryon.advance(progress.percent, &progress.stage)).await;
        }
        let tryon = self.changes.store.tryons().find(run.user_id, run.tryon_id).await?;
        let wanted = tryon.is_some_and(|tryon| tryon.status == TryOnStatus::Processing);
        Ok(if wanted { Changed::Yes } else { Changed::Unwanted })
    }
}

/// How watching ended.
enum Watched<T> {
    Done(T),
    Unwanted,
    TooLong,
}

async fn stop(provider: &dyn TryOnProvider, external_id: &str) {
    if let Err(error) = provider.cancel(external_id).await {
        tracing::warn!(%error, provider = provider.name(), "a request could not be cancelled at the provider");
    }
}

pub(super) fn provider_error(reason: &str, message: &str) -> TryOnFailure {
    TryOnFailure::new(FailureCode::ProviderError, reason, message, "ask for it again in a while")
}

fn timeout() -> TryOnFailure {
    TryOnFailure::new(FailureCode::ProviderTimeout, "attempt_deadline", "the picture was not ready in time", "ask for it again in a while")
}
