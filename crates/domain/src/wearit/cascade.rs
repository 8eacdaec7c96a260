//! What the end of a garment or a body means for the try-ons of it (checklist CW8), and the end of a try-on beyond itself.

use crate::kernel::{IdGenerator, StoreError, Timestamp};

use super::WearitUnitOfWork;
use super::tryon::TryOn;
use super::{quotas, webhooks};

/// Cancels unfinished try-ons, with an event for each; `reason` tells why, e.g. `clothing_deleted`.
pub(super) async fn cancel_unfinished(
    uow: &mut dyn WearitUnitOfWork,
    unfinished: Vec<TryOn>,
    reason: &str,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Result<(), StoreError> {
    for mut tryon in unfinished {
        if tryon.cancel(reason, now).is_ok() {
            uow.tryons().update(&tryon).await?;
            uow.events().append(&tryon.updated_event(now)).await?;
            ended(uow, &tryon, ids, now).await?;
        }
    }
    Ok(())
}

/// Called with every change of a try-on: at its end those who asked to be told are, and one without a picture costs nothing.
pub(super) async fn ended(uow: &mut dyn WearitUnitOfWork, tryon: &TryOn, ids: &dyn IdGenerator, now: Timestamp) -> Result<(), StoreError> {
    if !tryon.status.is_terminal() {
        return Ok(());
    }
    quotas::refund(uow, tryon).await?;
    webhooks::announce(uow, tryon, ids, now).await
}
