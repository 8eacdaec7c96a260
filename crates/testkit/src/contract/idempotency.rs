//! Idempotency records.

use atelier_domain::kernel::{IdempotencyKey, IdempotencyRecord, UserId};
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::concurrency::{assert_one_succeeded, concurrently};
use crate::{noon, user};

fn record(user_id: UserId, key: &str, resource: &str) -> IdempotencyRecord {
    IdempotencyRecord {
        user_id,
        key: IdempotencyKey::parse(key).unwrap(),
        fingerprint: format!("wearit.wardrobe.add:{resource}"),
        resource: resource.to_owned(),
        expires_at: noon() + IdempotencyKey::LIFETIME,
    }
}

async fn add(store: &StoreUnderTest, record: &IdempotencyRecord) {
    let mut uow = store.wearit.begin().await.unwrap();
    uow.idempotency().insert(record, noon()).await.unwrap();
    uow.commit().await.unwrap();
}

/// A record is found as it was written; another key is not.
pub async fn a_record_is_read_as_it_was_written(store: &StoreUnderTest) {
    let owner = user();
    let written = record(owner, "a key with spaces & signs ~!%", "id");
    add(store, &written).await;
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.idempotency().find(owner, &written.key, noon()).await.unwrap(), Some(written));
    assert_eq!(uow.idempotency().find(owner, &IdempotencyKey::parse("another").unwrap(), noon()).await.unwrap(), None);
}

/// Each account has keys of its own, and case matters.
pub async fn keys_belong_to_an_account(store: &StoreUnderTest) {
    let (owner, other) = (user(), user());
    add(store, &record(owner, "key", "1")).await;
    add(store, &record(other, "key", "2")).await;
    add(store, &record(owner, "KEY", "3")).await;
    let mut uow = store.wearit.begin().await.unwrap();
    for (owner, key, resource) in [(owner, "key", "1"), (other, "key", "2"), (owner, "KEY", "3")] {
        let found = uow.idempotency().find(owner, &IdempotencyKey::parse(key).unwrap(), noon()).await.unwrap();
        assert_eq!(found.map(|record| record.resource).as_deref(), Some(resource));
    }
}

/// A key in use is a conflict on `idempotency.key`.
pub async fn a_key_in_use_is_a_conflict(store: &StoreUnderTest) {
    let owner = user();
    add(store, &record(owner, "taken", "1")).await;
    let mut uow = store.wearit.begin().await.unwrap();
    let clash = uow.idempotency().insert(&record(owner, "taken", "2"), noon()).await.unwrap_err();
    assert!(clash.is_conflict_on(IdempotencyKey::CONSTRAINT), "{clash:?}");
}

/// A record is good until just before it expires; then its key may be used again.
pub async fn an_expired_key_may_be_used_again(store: &StoreUnderTest) {
    let owner = user();
    let first = record(owner, "again", "1");
    add(store, &first).await;
    let expired = first.expires_at;
    let mut uow = store.wearit.begin().await.unwrap();
    assert!(uow.idempotency().find(owner, &first.key, expired - TimeDelta::milliseconds(1)).await.unwrap().is_some());
    assert!(uow.idempotency().find(owner, &first.key, expired).await.unwrap().is_none());
    let second = IdempotencyRecord { expires_at: expired + IdempotencyKey::LIFETIME, ..record(owner, "again", "2") };
    uow.idempotency().insert(&second, expired).await.unwrap();
    uow.commit().await.unwrap();
    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.idempotency().find(owner, &first.key, expired).await.unwrap(), Some(second));
}

/// Of many concurrent uses of a key one is recorded.
pub async fn of_concurrent_uses_of_a_key_one_is_recorded(store: &StoreUnderTest) {
    let owner = user();
    let outcomes = concurrently(store, move |store, number| async move {
        let mut uow = store.wearit.begin().await?;
        uow.idempotency().insert(&record(owner, "race", &number.to_string()), noon()).await?;
        uow.commit().await
    })
    .await;
    assert_one_succeeded(&outcomes, IdempotencyKey::CONSTRAINT);
}
