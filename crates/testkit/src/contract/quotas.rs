//! What people used of their quotas.

use atelier_domain::kernel::UserId;
use atelier_domain::wearit::quotas::{StoredItem, Usage};
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::concurrency::concurrently;
use crate::{clothing, noon, user};

fn item(owner: UserId) -> StoredItem {
    StoredItem::clothing(clothing(owner).id)
}

async fn put(store: &StoreUnderTest, usage: &Usage) {
    let mut uow = store.wearit.begin().await.unwrap();
    uow.usage().put(usage).await.unwrap();
    uow.commit().await.unwrap();
}

/// Every field survives the store, the first time and after.
pub async fn usage_is_read_as_it_was_written(store: &StoreUnderTest) {
    let owner = user();
    assert_eq!(store.wearit.usage().usage(owner).await.unwrap(), None);
    for days in 0..2 {
        let written = Usage { tryons: 7, stored_bytes: u64::from(u32::MAX) + 1, ..Usage::none(owner, noon() + TimeDelta::days(days)) };
        put(store, &written).await;
        assert_eq!(store.wearit.usage().usage(owner).await.unwrap(), Some(written.clone()));
        let mut uow = store.wearit.begin().await.unwrap();
        assert_eq!(uow.usage().find(owner).await.unwrap(), Some(written));
    }
}

/// Looking for one person's usage finds no other's, and leaves nothing behind.
pub async fn usage_belongs_to_its_person(store: &StoreUnderTest) {
    let (owner, stranger) = (user(), user());
    put(store, &Usage::none(owner, noon())).await;
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.usage().find(stranger).await.unwrap(), None);
    uow.commit().await.unwrap();
    assert_eq!(store.wearit.usage().usage(stranger).await.unwrap(), None);
}

/// Putting and taking an item answer the size it had.
pub async fn items_are_remembered_with_their_size(store: &StoreUnderTest) {
    let (owner, stranger) = (user(), user());
    let (one, other) = (item(owner), item(owner));
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.usage().put_item(owner, &one, 10).await.unwrap(), 0);
    assert_eq!(uow.usage().put_item(owner, &other, 5).await.unwrap(), 0);
    uow.commit().await.unwrap();
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.usage().put_item(owner, &one, 20).await.unwrap(), 10);
    assert_eq!(uow.usage().take_item(stranger, &one).await.unwrap(), 0);
    assert_eq!(uow.usage().take_item(owner, &other).await.unwrap(), 5);
    uow.commit().await.unwrap();
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.usage().take_item(owner, &other).await.unwrap(), 0);
    assert_eq!(uow.usage().take_item(owner, &one).await.unwrap(), 20);
}

/// Of many who reserve at the same time, for a person of whom nothing was counted yet, as many succeed as there is room for.
pub async fn of_concurrent_reservations_no_more_than_the_limit_succeed(store: &StoreUnderTest) {
    const LIMIT: u64 = 3;
    let owner = user();
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.wearit.begin().await?;
        let mut usage = uow.usage().find(owner).await?.unwrap_or_else(|| Usage::none(owner, noon()));
        if usage.tryons >= LIMIT {
            return Ok(false);
        }
        usage.tryons += 1;
        uow.usage().put(&usage).await?;
        uow.commit().await?;
        Ok(true)
    })
    .await;
    assert_eq!(outcomes.into_iter().filter(|reserved| *reserved.as_ref().unwrap()).count() as u64, LIMIT);
    assert_eq!(store.wearit.usage().usage(owner).await.unwrap().unwrap().tryons, LIMIT);
}

/// What is not committed is not used.
pub async fn a_dropped_reservation_was_never_made(store: &StoreUnderTest) {
    let owner = user();
    let one = item(owner);
    put(store, &Usage::none(owner, noon())).await;
    let mut uow = store.wearit.begin().await.unwrap();
    uow.usage().put(&Usage { tryons: 1, ..Usage::none(owner, noon()) }).await.unwrap();
    uow.usage().put_item(owner, &one, 10).await.unwrap();
    drop(uow);
    assert_eq!(store.wearit.usage().usage(owner).await.unwrap().unwrap().tryons, 0);
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.usage().take_item(owner, &one).await.unwrap(), 0);
}

/// Erasing a person takes both, and nobody else's.
pub async fn erasing_a_person_takes_usage_and_items(store: &StoreUnderTest) {
    let (owner, other) = (user(), user());
    for person in [owner, other] {
        put(store, &Usage::none(person, noon())).await;
        let mut uow = store.wearit.begin().await.unwrap();
        uow.usage().put_item(person, &StoredItem::clothing(clothing(owner).id), 1).await.unwrap();
        uow.commit().await.unwrap();
    }
    let (mine, theirs) = (item(owner), item(other));
    let mut uow = store.wearit.begin().await.unwrap();
    uow.usage().put_item(owner, &mine, 10).await.unwrap();
    uow.usage().put_item(other, &theirs, 10).await.unwrap();
    uow.commit().await.unwrap();
    store.wearit.erase_rows(owner).await.unwrap();
    assert_eq!(store.wearit.usage().usage(owner).await.unwrap(), None);
    assert!(store.wearit.usage().usage(other).await.unwrap().is_some());
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.usage().take_item(owner, &mine).await.unwrap(), 0);
    assert_eq!(uow.usage().take_item(other, &theirs).await.unwrap(), 10);
}
