//! Deleting a try-on: its row and mark now, its pictures by a job of the same unit of work.

use crate::kernel::{DeleteObjects, IdGenerator, JobId, NewJob, ObjectKey, StoreError, Timestamp};
use crate::wearit::WearitUnitOfWork;
use crate::wearit::quotas::{self, StoredItem};

use super::TryOn;

/// Deletes within `uow`; `false` when the try-on was gone already.
pub(super) async fn delete(
    uow: &mut dyn WearitUnitOfWork,
    tryon: &TryOn,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (user, id) = (tryon.user_id, tryon.id);
    if !uow.tryons().delete(user, id).await? {
        return Ok(false);
    }
    if tryon.status.is_terminal() {
        quotas::free(uow, user, &StoredItem::tryon(id)).await?;
    } else {
        quotas::refund(uow, tryon).await?;
    }
    let pictures = DeleteObjects::keys([ObjectKey::tryon(user, id), ObjectKey::tryon_thumbnail(user, id)]);
    let job = NewJob::of(ids.generate::<JobId>(), &pictures, now)?.for_user(user);
    uow.jobs().enqueue(&job).await?;
    uow.events().append(&tryon.deleted_event(now)).await?;
    Ok(true)
}
