//! Changing and deleting the body.

use crate::identity::Actor;
use crate::kernel::{NewJob, retry_on_contention};
use crate::wearit::cascade::cancel_unfinished;
use crate::wearit::quotas::{self, StoredItem};

use super::super::{Body, BodyError, Measurements, MeasurementsPatch};
use super::{BodyService, photo};

impl BodyService {
    /// Changes measurements; absent fields stay, `Some(None)` takes one away.
    ///
    /// # Errors
    /// [`BodyError::Invalid`] with every field out of bounds; [`BodyError::NotFound`] when there is no body.
    #[tracing::instrument(name = "wearit.body.patch", skip_all, fields(user_id = %actor.user_id))]
    pub async fn patch(&self, actor: Actor, patch: &MeasurementsPatch) -> Result<Body, BodyError> {
        Measurements::default().patched(patch)?;
        if *patch == MeasurementsPatch::default() {
            return self.get(actor).await;
        }
        retry_on_contention(|| self.write_patch(actor, patch), BodyError::store).await
    }

    async fn write_patch(&self, actor: Actor, patch: &MeasurementsPatch) -> Result<Body, BodyError> {
        let mut uow = self.store.begin().await?;
        let mut body = uow.bodies().find(actor.user_id).await?.ok_or(BodyError::NotFound)?;
        body.measurements = body.measurements.patched(patch)?;
        body.updated_at = self.clock.now().max(body.created_at);
        if !uow.bodies().update(&body).await? {
            return Err(BodyError::NotFound);
        }
        uow.commit().await?;
        Ok(body)
    }

    /// Deletes the body: unfinished try-ons on it are cancelled, finished ones keep their result and lose the reference (CW8), its files
    /// go by a job; all of it at once or not at all.
    ///
    /// # Errors
    /// [`BodyError::NotFound`] when there is none.
    #[tracing::instrument(name = "wearit.body.delete", skip_all, fields(user_id = %actor.user_id))]
    pub async fn delete(&self, actor: Actor) -> Result<(), BodyError> {
        retry_on_contention(|| self.write_deletion(actor), BodyError::store).await
    }

    async fn write_deletion(&self, actor: Actor) -> Result<(), BodyError> {
        let now = self.clock.now();
        let mut uow = self.store.begin().await?;
        let id = uow.bodies().delete(actor.user_id).await?.ok_or(BodyError::NotFound)?;
        let unfinished = uow.tryons().unfinished_on_body(actor.user_id, id).await?;
        cancel_unfinished(uow.as_mut(), unfinished, "body_deleted", self.ids.as_ref(), now).await?;
        uow.tryons().forget_body(actor.user_id, id).await?;
        quotas::free(uow.as_mut(), actor.user_id, &StoredItem::body(id)).await?;
        let job = NewJob::of(self.ids.generate(), &photo::deletion(actor.user_id, id), now)?.for_user(actor.user_id);
        uow.jobs().enqueue(&job).await?;
        Ok(uow.commit().await?)
    }
}
