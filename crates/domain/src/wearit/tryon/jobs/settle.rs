//! What came of an attempt: the picture is stored, another attempt follows, or the try-on fails.

use std::time::Duration;

use crate::kernel::{ClaimedJob, ImageError, ImageInput, JobError, JobHandler, ObjectKey, ProcessedImage, StoreError};
use crate::wearit::tryon::{AttemptOutcome, FailureCode, ProviderFailure, ProviderResult, TryOnFailure, TryOnOutcome};

use super::attempt::{Made, provider_error};
use super::change::{Changed, Run, Then};
use super::run::{Next, Task, TryOnRunner};
use super::told::retry;

const JPEG: &str = "image/jpeg";

impl TryOnRunner {
    pub(super) async fn settle(&self, run: &Run, job: &ClaimedJob, task: &Task, made: Made) -> Result<Next, JobError> {
        match made {
            Made::Unwanted => self.wind_up(run).await,
            Made::Lost { failure } => self.fail(run, &failure).await,
            Made::Failed { failure, retry_after } => self.fail_or_retry(run, job, task, failure, retry_after).await,
            Made::Picture(picture) => match self.renditions(&picture).await? {
                Ok(renditions) => self.complete(run, task, picture, renditions).await,
                Err(failure) => self.fail_or_retry(run, job, task, failure, None).await,
            },
        }
    }

    async fn renditions(&self, picture: &ProviderResult) -> Result<Result<ProcessedImage, TryOnFailure>, JobError> {
        match self.images.process(ImageInput::Bytes(picture.image.clone())).await {
            Ok(renditions) => Ok(Ok(renditions)),
            Err(error @ (ImageError::Busy | ImageError::Failed(_))) => Err(retry(error.into())),
            Err(error) => {
                tracing::warn!(%error, "the provider's picture cannot be read");
                Ok(Err(provider_error("bad_result", "the engine's picture could not be read")))
            }
        }
    }

    /// The pictures are there before the try-on says so; the job ends with it.
    async fn complete(&self, run: &Run, task: &Task, picture: ProviderResult, renditions: ProcessedImage) -> Result<Next, JobError> {
        let (user, id) = (run.user_id, run.tryon_id);
        let objects = &self.changes.objects;
        let bytes = (renditions.thumbnail.len() + renditions.display.len()) as u64;
        objects.put(&ObjectKey::tryon_thumbnail(user, id), renditions.thumbnail, JPEG).await.map_err(|error| retry(error.into()))?;
        objects.put(&ObjectKey::tryon(user, id), renditions.display, JPEG).await.map_err(|error| retry(error.into()))?;

        let now = self.changes.clock.now();
        let outcome = TryOnOutcome {
            model_used: picture.model_used,
            processing_time: (picture.worked_for.as_secs_f64() * 1_000.0).round() / 1_000.0,
            preview: picture.preview,
            warnings: picture.warnings,
            confidence: picture.confidence,
        };
        let completed = self.changes.complete(run, bytes, |tryon| {
            if let Some(attempt) = tryon.attempts.last_mut() {
                attempt.made_with = Some(picture.made_with.clone());
            }
            tryon.complete(outcome.clone(), now)
        });
        match completed.await {
            Ok(Changed::Yes) => {
                tracing::info!(provider = task.provider.name(), seconds = outcome.processing_time, "try-on completed");
                Ok(Next::Nothing)
            }
            Ok(Changed::Unwanted) => self.wind_up(run).await,
            Err(StoreError::LeaseLost) => {
                // Erasure takes the job away too: then nobody else would remove what was just stored.
                if self.changes.store.tryons().find(user, id).await?.is_none() {
                    self.changes.discard_pictures(run).await.map_err(|error| retry(error.into()))?;
                }
                Err(JobError::LeaseLost)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn fail_or_retry(
        &self,
        run: &Run,
        job: &ClaimedJob,
        task: &Task,
        failure: TryOnFailure,
        retry_after: Option<Duration>,
    ) -> Result<Next, JobError> {
        let last = self.backoff().after(job.attempt).is_none() || task.failed_attempts() + 1 >= self.limits.attempts as usize;
        let other = self.other_provider(task, &failure);
        if last || !(failure.code.retryable() || other) {
            return self.fail(run, &failure).await;
        }
        let now = self.changes.clock.now();
        let outcome = AttemptOutcome::Failed { code: failure.code, reason: failure.reason.clone() };
        let waiting = self.changes.apply(run, Then::Continue, |tryon| {
            tryon.end_attempt(outcome.clone(), now);
            tryon.advance(tryon.progress, "waiting")
        });
        match waiting.await? {
            Changed::Yes if other => Ok(Next::OtherProvider),
            Changed::Yes => {
                let source = ProviderFailure::Failed { failure, retry_after };
                Err(JobError::Retry { source: source.into(), after: retry_after })
            }
            Changed::Unwanted => self.wind_up(run).await,
        }
    }

    /// Whether another provider should make the picture now, rather than this one later.
    fn other_provider(&self, task: &Task, failure: &TryOnFailure) -> bool {
        let fails_over = matches!(failure.code, FailureCode::ProviderBusy | FailureCode::ProviderExhausted | FailureCode::ProviderTimeout);
        let failures: Vec<_> = task.failures().chain([(task.provider.name(), failure.code)]).collect();
        let next = self.providers.choose(&task.categories, &task.tryon.options, &failures);
        fails_over && next.is_ok_and(|next| next.name() != task.provider.name())
    }

    /// The try-on fails for good, and the job is done with it.
    pub(super) async fn fail(&self, run: &Run, failure: &TryOnFailure) -> Result<Next, JobError> {
        let now = self.changes.clock.now();
        match self.changes.apply(run, Then::CompleteJob, |tryon| tryon.fail(failure.clone(), now)).await? {
            Changed::Yes => {
                tracing::info!(code = %failure.code, reason = failure.reason, "try-on failed");
                Ok(Next::Nothing)
            }
            Changed::Unwanted => self.wind_up(run).await,
        }
    }
}
