//! One attempt with one provider: its pictures read, its work watched.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;

use crate::kernel::{JobError, ObjectKey, ObjectStoreError, StoreError, error_chain};
use crate::wearit::tryon::{
    Control, FailureCode, Heard, MadeWith, ProgressSink, ProviderFailure, ProviderImage, ProviderResult, Submission, TryOn, TryOnFailure,
    TryOnInputs, TryOnProvider, TryOnStatus,
};

use super::change::{Changed, Run, Then};
use super::run::{HandedOver, Task, TryOnRunner};
use super::told::{ambiguous, missing, retry};
use super::watch::{Watch, until};

/// How many ticks a provider that was told to stop gets before it is dropped.
const TICKS_TO_STOP: u32 = 10;
/// The waits between two polls of a provider.
const FIRST_POLL: Duration = Duration::from_secs(1);
const LONGEST_POLL: Duration = Duration::from_secs(10);
/// How long a provider may fetch the pictures of an attempt: a queue of its own may be long.
const INPUT_URL_LIFETIME: Duration = Duration::from_secs(3_600);

/// What a provider has of us.
struct Request {
    external_id: String,
    made_with: Option<MadeWith>,
}

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
            Err(ProviderFailure::Unanswered) => Self::Lost { failure: ambiguous() },
            Err(ProviderFailure::Stopped) => {
                Self::Failed { failure: provider_error("stopped", "the engine stopped by itself"), retry_after: None }
            }
        }
    }
}

impl TryOnRunner {
    pub(super) async fn attempt(&self, run: &Run, task: &Task, watch: &Watch) -> Result<Made, JobError> {
        let request = match &task.handed_over {
            HandedOver::Stored(id) => {
                let made_with = task.tryon.attempts.last().and_then(|attempt| attempt.made_with.clone());
                Request { external_id: id.clone(), made_with }
            }
            HandedOver::Found(id) => Request { external_id: id.clone(), made_with: None },
            HandedOver::Nothing => {
                let inputs = match self.inputs(task).await? {
                    Ok(inputs) => inputs,
                    Err(failure) => return Ok(Made::Failed { failure, retry_after: None }),
                };
                match self.watched(run, watch, task.provider.submit(inputs, watch)).await? {
                    Watched::Done(Ok(Submission::Done(picture))) => return Ok(Made::Picture(picture)),
                    Watched::Done(Ok(Submission::Accepted { external_id, made_with })) => {
                        Request { external_id, made_with: Some(made_with) }
                    }
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
        self.follow(run, task, watch, &request).await
    }

    /// Waits for a request that was handed over. Its id is stored first, so that a crash continues and never pays twice.
    async fn follow(&self, run: &Run, task: &Task, watch: &Watch, request: &Request) -> Result<Made, JobError> {
        let external_id = request.external_id.as_str();
        if !matches!(task.handed_over, HandedOver::Stored(_)) {
            let store_id = |tryon: &mut TryOn| {
                if let Some(attempt) = tryon.attempts.last_mut() {
                    attempt.external_id = Some(external_id.to_owned());
                    attempt.made_with.clone_from(&request.made_with);
                }
                Ok(())
            };
            if self.changes.apply(run, Then::Continue, store_id).await? == Changed::Unwanted {
                stop(task.provider.as_ref(), external_id).await;
                return Ok(Made::Unwanted);
            }
        }
        let made = match self.watched(run, watch, self.poll(run, task.provider.as_ref(), request, watch)).await? {
            Watched::Done(result) => return Ok(result.into()),
            Watched::Unwanted => Made::Unwanted,
            Watched::TooLong => Made::Failed { failure: timeout(), retry_after: None },
        };
        stop(task.provider.as_ref(), external_id).await;
        Ok(made)
    }

    async fn poll(
        &self,
        run: &Run,
        provider: &dyn TryOnProvider,
        Request { external_id, made_with }: &Request,
        watch: &Watch,
    ) -> Result<ProviderResult, ProviderFailure> {
        let mut wait = FIRST_POLL;
        loop {
            wait = if self.rest(run, wait, watch).await { FIRST_POLL } else { (wait * 2).min(LONGEST_POLL) };
            let Some(heard) = self.heard(run, external_id, watch).await else { continue };
            match provider.poll(external_id, heard.as_ref(), made_with.as_ref()).await {
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

    /// Waits; answers whether the provider told something meanwhile, which ends the wait.
    async fn rest(&self, run: &Run, wait: Duration, watch: &Watch) -> bool {
        let before = watch.heard();
        let hears = pin!(async {
            while watch.heard() == before {
                self.events.changed(run.user_id, self.limits.tick).await;
                match self.changes.store.tryons().find(run.user_id, run.tryon_id).await {
                    Ok(tryon) => watch.hear(tryon.as_ref()),
                    // The wait goes on, and the poll after it does without.
                    Err(_store_away) => std::future::pending().await,
                }
            }
        });
        until(hears, self.timer.sleep(wait)).await.is_some()
    }

    /// What was heard of the request, if anything; nothing at all when it cannot be read at present.
    async fn heard(&self, run: &Run, external_id: &str, watch: &Watch) -> Option<Option<Heard>> {
        let Some(mark) = watch.heard() else { return Some(None) };
        let kept = if mark.finished {
            match self.changes.objects.get(&ObjectKey::tryon_heard(run.user_id, run.tryon_id)).await {
                Ok(kept) => Some(kept),
                Err(ObjectStoreError::NotFound(_)) => None,
                Err(error) => {
                    tracing::warn!(error = %error_chain(&error), "what the provider told cannot be read");
                    return None;
                }
            }
        } else {
            mark.kept.map(Bytes::from)
        };
        let external_id = external_id.to_owned();
        Some(Some(Heard { external_id, message_id: mark.message_id, finished: mark.finished, kept }))
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
        // The attempt was recorded before.
        let callback_url = self.callbacks.of(task.provider.name(), tryon.user_id, tryon.id, tryon.attempts.len() + 1);
        Ok(Ok(TryOnInputs { person, garments, options: tryon.options.clone(), reference: task.reference(), callback_url }))
    }

    async fn picture(&self, key: &ObjectKey) -> Result<Option<ProviderImage>, JobError> {
        match self.changes.objects.get(key).await {
            Ok(jpeg) => {
                let signed = self.changes.objects.presign_get(key, INPUT_URL_LIFETIME).await.map_err(|error| retry(error.into()))?;
                Ok(Some(ProviderImage { jpeg, url: signed.url }))
            }
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
            let advance = |tryon: &mut TryOn| {
                watch.hear(Some(tryon));
                tryon.advance(progress.percent, &progress.stage)
            };
            return self.changes.apply(run, Then::Continue, advance).await;
        }
        let tryon = self.changes.store.tryons().find(run.user_id, run.tryon_id).await?;
        watch.hear(tryon.as_ref());
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
