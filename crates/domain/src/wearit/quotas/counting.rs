//! Reserving and giving back, in the unit of work of what is counted: what is not committed was not used.

use crate::identity::Actor;
use crate::kernel::{StoreError, Timestamp, UserId};
use crate::wearit::WearitUnitOfWork;
use crate::wearit::tryon::{TryOn, TryOnStatus};

use super::{Quota, QuotaExceeded, QuotaLimits, StoredItem, Usage};

async fn usage(uow: &mut dyn WearitUnitOfWork, user_id: UserId, now: Timestamp) -> Result<Usage, StoreError> {
    Ok(uow.usage().find(user_id).await?.unwrap_or_else(|| Usage::none(user_id, now)))
}

fn check_space(usage: &Usage, limit: Option<u64>, more: u64) -> Result<(), QuotaExceeded> {
    match limit {
        Some(limit) if usage.stored_bytes.saturating_add(more) > limit => {
            Err(QuotaExceeded { quota: Quota::Storage, limit, used: usage.stored_bytes, resets_at: None, retry_after: None })
        }
        _ => Ok(()),
    }
}

/// Counts one more try-on of today, if there is one left and any room for its result.
pub(in crate::wearit) async fn reserve_tryon<E: From<StoreError> + From<QuotaExceeded>>(
    uow: &mut dyn WearitUnitOfWork,
    actor: Actor,
    limits: &QuotaLimits,
    now: Timestamp,
) -> Result<(), E> {
    let mut usage = usage(uow, actor.user_id, now).await?;
    let used = usage.tryons_at(now);
    if let Some(limit) = limits.tryons_per_day.of(actor.role).filter(|limit| used >= *limit) {
        let resets_at = Usage::resets_at(now);
        let retry_after = u64::try_from((resets_at - now).num_seconds()).ok();
        return Err(QuotaExceeded { quota: Quota::TryOns, limit, used, resets_at: Some(resets_at), retry_after }.into());
    }
    check_space(&usage, limits.stored_bytes.of(actor.role), 1)?;
    usage.count_tryon(now);
    Ok(uow.usage().put(&usage).await?)
}

/// Gives back what an ended try-on reserved, unless there is a picture: only those count.
pub(in crate::wearit) async fn refund(uow: &mut dyn WearitUnitOfWork, tryon: &TryOn) -> Result<(), StoreError> {
    if tryon.status == TryOnStatus::Completed {
        return Ok(());
    }
    match uow.usage().find(tryon.user_id).await? {
        Some(mut usage) if usage.day == tryon.created_at.date_naive() => {
            usage.tryons = usage.tryons.saturating_sub(1);
            uow.usage().put(&usage).await
        }
        _ => Ok(()),
    }
}

/// Counts the files of something new, if there is room for them.
pub(in crate::wearit) async fn reserve_space<E: From<StoreError> + From<QuotaExceeded>>(
    uow: &mut dyn WearitUnitOfWork,
    actor: Actor,
    limits: &QuotaLimits,
    (item, bytes): (&StoredItem, u64),
    now: Timestamp,
) -> Result<(), E> {
    let usage = usage(uow, actor.user_id, now).await?;
    check_space(&usage, limits.stored_bytes.of(actor.role), bytes)?;
    Ok(add(uow, usage, item, bytes).await?)
}

/// Counts files that are there already: a result, or a picture in place of another.
pub(in crate::wearit) async fn store(
    uow: &mut dyn WearitUnitOfWork,
    user_id: UserId,
    (item, bytes): (&StoredItem, u64),
    now: Timestamp,
) -> Result<(), StoreError> {
    let usage = usage(uow, user_id, now).await?;
    add(uow, usage, item, bytes).await
}

async fn add(uow: &mut dyn WearitUnitOfWork, mut usage: Usage, item: &StoredItem, bytes: u64) -> Result<(), StoreError> {
    let before = uow.usage().put_item(usage.user_id, item, bytes).await?;
    usage.stored_bytes = usage.stored_bytes.saturating_sub(before).saturating_add(bytes);
    uow.usage().put(&usage).await
}

/// The files of something are deleted.
pub(in crate::wearit) async fn free(uow: &mut dyn WearitUnitOfWork, user_id: UserId, item: &StoredItem) -> Result<(), StoreError> {
    // What was stored before there were quotas was never counted.
    let Some(mut usage) = uow.usage().find(user_id).await? else { return Ok(()) };
    let bytes = uow.usage().take_item(user_id, item).await?;
    if bytes == 0 {
        return Ok(());
    }
    usage.stored_bytes = usage.stored_bytes.saturating_sub(bytes);
    uow.usage().put(&usage).await
}
