//! Cancelling, asking again, deleting.

use crate::identity::Actor;
use crate::kernel::{IdempotentRequest, TryOnId, retry_on_contention};
use crate::wearit::cascade;
use crate::wearit::tryon::{TryOn, TryOnError, TryOnStatus, deletion};

use super::{RequestTryOn, TryOnService, TryOnView, store_error};

impl TryOnService {
    /// Cancels a try-on that is not finished. A run that works on it notices within a second.
    ///
    /// # Errors
    /// [`TryOnError::NotFound`]; [`TryOnError::InvalidState`] when it is finished.
    #[tracing::instrument(name = "wearit.tryon.cancel", skip_all, fields(tryon_id = %id), err)]
    pub async fn cancel(&self, actor: Actor, id: TryOnId) -> Result<TryOnView, TryOnError> {
        let tryon = retry_on_contention(|| self.cancel_once(actor, id), store_error).await?;
        self.view(tryon).await
    }

    async fn cancel_once(&self, actor: Actor, id: TryOnId) -> Result<TryOn, TryOnError> {
        let now = self.clock.now();
        let mut uow = self.store.begin().await?;
        let mut tryon = uow.tryons().find(actor.user_id, id).await?.ok_or(TryOnError::NotFound)?;
        tryon.cancel("by_user", now)?;
        uow.tryons().update(&tryon).await?;
        uow.events().append(&tryon.updated_event(now)).await?;
        cascade::ended(uow.as_mut(), &tryon, self.ids.as_ref(), now).await?;
        uow.commit().await?;
        Ok(tryon)
    }

    /// Asks again for what a failed or cancelled try-on was to show: terminal states are final, so this is a new try-on, on the actor's
    /// present body.
    ///
    /// # Errors
    /// [`TryOnError::NotFound`]; [`TryOnError::InvalidState`] unless it failed or was cancelled, or when its garments are gone; and as
    /// [`request`](TryOnService::request).
    #[tracing::instrument(name = "wearit.tryon.retry", skip_all, fields(tryon_id = %id), err)]
    pub async fn retry(&self, actor: Actor, id: TryOnId, idempotency: Option<IdempotentRequest>) -> Result<TryOnView, TryOnError> {
        let earlier = self.store.tryons().find(actor.user_id, id).await?.ok_or(TryOnError::NotFound)?;
        let again = matches!(earlier.status, TryOnStatus::Failed | TryOnStatus::Cancelled);
        if !again || earlier.clothing_ids.is_empty() {
            return Err(TryOnError::InvalidState);
        }
        let command = RequestTryOn { clothing_ids: earlier.clothing_ids, body_id: None, options: earlier.options, idempotency };
        let tryon = self.ask(actor, "wearit.tryon.retry", &command).await?;
        self.view(tryon).await
    }

    /// Deletes a try-on, finished or not, with its favourite and its pictures.
    ///
    /// # Errors
    /// [`TryOnError::NotFound`].
    #[tracing::instrument(name = "wearit.tryon.delete", skip_all, fields(tryon_id = %id), err)]
    pub async fn delete(&self, actor: Actor, id: TryOnId) -> Result<(), TryOnError> {
        retry_on_contention(|| self.delete_once(actor, id), store_error).await
    }

    async fn delete_once(&self, actor: Actor, id: TryOnId) -> Result<(), TryOnError> {
        let mut uow = self.store.begin().await?;
        let tryon = uow.tryons().find(actor.user_id, id).await?.ok_or(TryOnError::NotFound)?;
        deletion::delete(uow.as_mut(), &tryon, self.ids.as_ref(), self.clock.now()).await?;
        uow.commit().await?;
        Ok(())
    }
}
