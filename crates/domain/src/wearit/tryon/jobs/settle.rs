//! What came of an attempt: the picture is stored, another attempt follows, or the try-on fails.

use std::time::Duration;

use crate::kernel::{ClaimedJob, ImageError, ImageInput, JobError, JobHandler, ObjectKey, ProcessedImage, StoreError};
use crate::wearit::tryon::{AttemptOutcome, ProviderFailure, ProviderResult, TryOnFailure, TryOnOutcome};

use super::attempt::{Made, provider_error};
use super::change::{Changed, Run, Then};
use super::run::{Task, TryOnRunner, retry};

const JPEG: &str = "image/jpeg";

impl TryOnRunner {
    pub(super) async fn settle(&self, run: &Run, job: &ClaimedJob, task: &Task, made: Made) -> Result<(), JobError> {
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
    async fn complete(&self, run: &Run, task: &Task, picture: ProviderResult, renditions: ProcessedImage) -> Result<(), JobError> {
        let (user, id) = (run.user_id, run.tryon_id);
        let objects = &self.changes.objects;
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
        match self.changes.apply(run, Then::CompleteJob, |tryon| tryon.complete(outcome.clone(), now)).await {
            Ok(Changed::Yes) => {
                tracing::info!(provider = task.provider.name(), seconds = outcome.processing_time, "try-on completed");
                Ok(())
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
    ) -> Result<(), JobError> {
        let last = self.backoff().after(job.attempt).is_none() || task.failed_attempts() + 1 >= self.limits.attempts as usize;
        if last || !failure.code.retryable() {
            return self.fail(run, &failure).await;
        }
        let now = self.changes.clock.now();
        let outcome = AttemptOutcome::Failed { code: failure.code, reason: failure.reason.clone() };
        let waiting = self.changes.apply(run, Then::Continue, |tryon| {
            tryon.end_attempt(outcome.clone(), now);
            tryon.advance(tryon.progress, "waiting")
        });
        match waiting.await? {
            Changed::Yes => {
                let source = ProviderFailure::Failed { failure, retry_after };
                Err(JobError::Retry { source: source.into(), after: retry_after })
            }
            Changed::Unwanted => self.wind_up(run).await,
        }
    }

    /// The try-on fails for good, and the job is done with it.
    pub(super) async fn fail(&self, run: &Run, failure: &TryOnFailure) -> Result<(), JobError> {
        let now = self.changes.clock.now();
        match self.changes.apply(run, Then::CompleteJob, |tryon| tryon.fail(failure.clone(), now)).await? {
            Changed::Yes => {
                tracing::info!(code = %failure.code, reason = failure.reason, "try-on failed");
                Ok(())
            }
            Changed::Unwanted => self.wind_up(run).await,
        }
    }
}
