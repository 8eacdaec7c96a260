//! Changes of a try-on by its run: under the job's lease, with the event, in one unit of work.

use std::sync::Arc;

use crate::kernel::{
    Clock, IdGenerator, JobLease, ObjectKey, ObjectStore, ObjectStoreError, StoreError, TryOnId, UserId, error_chain, retry_on_contention,
};
use crate::wearit::quotas::{self, StoredItem};
use crate::wearit::tryon::{InvalidTransition, TryOn};
use crate::wearit::{WearitStore, cascade};

/// One run of the job of one try-on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) lease: JobLease,
    pub(super) user_id: UserId,
    pub(super) tryon_id: TryOnId,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    /// It is stored.
    Yes,
    /// Nothing was stored: the try-on was deleted, or is in a terminal state.
    Unwanted,
}

/// Whether the job ends together with the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Continue,
    CompleteJob,
}

/// Writes what a run changes.
#[derive(Clone)]
pub(super) struct Changes {
    pub(super) store: Arc<dyn WearitStore>,
    pub(super) objects: Arc<dyn ObjectStore>,
    pub(super) ids: Arc<dyn IdGenerator>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Changes {
    /// Applies `edit` to the try-on and tells its owner.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when another worker owns the job: nothing was stored.
    pub(super) async fn apply(
        &self,
        run: &Run,
        then: Then,
        edit: impl Fn(&mut TryOn) -> Result<(), InvalidTransition> + Sync,
    ) -> Result<Changed, StoreError> {
        retry_on_contention(|| self.apply_once(run, then, 0, &edit), of_store).await
    }

    /// As [`apply`](Changes::apply), ends the job, and counts the bytes of the pictures that were stored for the try-on.
    pub(super) async fn complete(
        &self,
        run: &Run,
        bytes: u64,
        edit: impl Fn(&mut TryOn) -> Result<(), InvalidTransition> + Sync,
    ) -> Result<Changed, StoreError> {
        retry_on_contention(|| self.apply_once(run, Then::CompleteJob, bytes, &edit), of_store).await
    }

    async fn apply_once(
        &self,
        run: &Run,
        then: Then,
        bytes: u64,
        edit: &(impl Fn(&mut TryOn) -> Result<(), InvalidTransition> + Sync),
    ) -> Result<Changed, StoreError> {
        let now = self.clock.now();
        let mut uow = self.store.begin().await?;
        uow.jobs().guard(run.lease).await?;
        let Some(mut tryon) = uow.tryons().find(run.user_id, run.tryon_id).await?.filter(|tryon| !tryon.status.is_terminal()) else {
            return Ok(Changed::Unwanted);
        };
        edit(&mut tryon).map_err(|error| StoreError::Other(error.into()))?;
        uow.tryons().update(&tryon).await?;
        uow.events().append(&tryon.updated_event(now)).await?;
        cascade::ended(uow.as_mut(), &tryon, self.ids.as_ref(), now).await?;
        if bytes > 0 {
            quotas::store(uow.as_mut(), run.user_id, (&StoredItem::tryon(run.tryon_id), bytes), now).await?;
        }
        if then == Then::CompleteJob {
            uow.jobs().complete(run.lease, now).await?;
        }
        uow.commit().await?;
        Ok(Changed::Yes)
    }

    /// Ends the job alone: there is nothing left to do for its try-on.
    pub(super) async fn complete_job(&self, run: &Run) -> Result<(), StoreError> {
        let mut uow = self.store.begin().await?;
        uow.jobs().complete(run.lease, self.clock.now()).await?;
        uow.commit().await
    }

    /// Removes what the provider told, once it is of no use any more. What stays is found by the check of rows and files.
    pub(super) async fn forget_heard(&self, run: &Run) {
        if let Err(error) = self.objects.delete(&ObjectKey::tryon_heard(run.user_id, run.tryon_id)).await {
            tracing::warn!(error = %error_chain(&error), "what the provider told stays for a while");
        }
    }

    /// Removes what was stored for a try-on that nobody wants any more.
    pub(super) async fn discard_pictures(&self, run: &Run) -> Result<(), ObjectStoreError> {
        self.objects.delete(&ObjectKey::tryon_heard(run.user_id, run.tryon_id)).await?;
        self.objects.delete(&ObjectKey::tryon(run.user_id, run.tryon_id)).await?;
        self.objects.delete(&ObjectKey::tryon_thumbnail(run.user_id, run.tryon_id)).await
    }
}

/// For units of work that fail with nothing but a store's error.
pub(super) fn of_store(error: &StoreError) -> Option<&StoreError> {
    Some(error)
}
