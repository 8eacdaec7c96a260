//! The unit of work: everything in it happens, or nothing.

use atelier_domain::kernel::{AuditEntry, EntityId, IdempotencyKey, IdempotencyRecord, Page, UserId};
use atelier_domain::wearit::WearitUnitOfWork;
use atelier_domain::wearit::tryon::TryOnFilter;
use atelier_domain::wearit::wardrobe::ClothingFilter;
use chrono::TimeDelta;

use super::StoreUnderTest;
use super::backend::deleted;
use super::concurrency::{TASKS, concurrently};
use crate::{account, body, clothing, favorite, job, noon, tryon, upload, user};

/// Writes one of everything.
async fn write_everything(uow: &mut dyn WearitUnitOfWork, owner: UserId) {
    let (garment, figure) = (clothing(owner), body(owner));
    let wish = tryon(owner, figure.id, garment.id);
    uow.clothing().insert(&garment).await.unwrap();
    uow.bodies().insert(&figure).await.unwrap();
    uow.tryons().insert(&wish).await.unwrap();
    uow.favorites().insert(&favorite(&wish)).await.unwrap();
    uow.uploads().insert(&upload(owner)).await.unwrap();
    uow.jobs().enqueue(&job("contract.everything.write").for_user(owner)).await.unwrap();
    uow.events().append(&deleted(owner, wish.id)).await.unwrap();
    let entry = AuditEntry {
        id: EntityId::from_bytes(owner.bytes()),
        at: noon(),
        actor: Some(owner),
        action: "contract.everything_written".into(),
        subject: format!("user:{owner}"),
        details: String::new(),
    };
    uow.audit().append(&entry).await.unwrap();
    uow.idempotency().insert(&record(owner), noon()).await.unwrap();
}

fn record(owner: UserId) -> IdempotencyRecord {
    IdempotencyRecord {
        user_id: owner,
        key: IdempotencyKey::parse("everything").unwrap(),
        fingerprint: "f".to_owned(),
        resource: "r".to_owned(),
        expires_at: noon() + TimeDelta::hours(1),
    }
}

/// How many of the written things are visible, of garments, bodies, try-ons, favourites, jobs, events.
async fn visible(store: &StoreUnderTest, owner: UserId) -> [u64; 6] {
    let page = Page::default();
    [
        store.wearit.clothing().list(owner, &ClothingFilter::default(), &page).await.unwrap().total,
        u64::from(store.wearit.bodies().find(owner).await.unwrap().is_some()),
        store.wearit.tryons().list(owner, &TryOnFilter::default(), &page).await.unwrap().total,
        store.wearit.favorites().list(owner, &page).await.unwrap().total,
        store.jobs.counts().await.unwrap().queued,
        store.events.bounds(owner).await.unwrap().1,
    ]
}

/// What a unit of work wrote is seen by others after the commit, all of it.
pub async fn a_commit_shows_every_write(store: &StoreUnderTest) {
    let owner = user();
    let mut uow = store.wearit.begin().await.unwrap();
    write_everything(uow.as_mut(), owner).await;
    uow.commit().await.unwrap();
    assert_eq!(visible(store, owner).await, [1; 6]);
}

/// Before the commit nobody else sees anything.
pub async fn nothing_is_seen_before_the_commit(store: &StoreUnderTest) {
    let owner = user();
    let mut uow = store.wearit.begin().await.unwrap();
    write_everything(uow.as_mut(), owner).await;
    assert_eq!(visible(store, owner).await, [0; 6]);
    uow.commit().await.unwrap();
}

/// A unit of work that is dropped leaves nothing behind, and does not stand in the way of the next.
pub async fn a_dropped_unit_of_work_writes_nothing(store: &StoreUnderTest) {
    let owner = user();
    let mut uow = store.wearit.begin().await.unwrap();
    write_everything(uow.as_mut(), owner).await;
    drop(uow);
    assert_eq!(visible(store, owner).await, [0; 6]);

    let mut uow = store.wearit.begin().await.unwrap();
    assert_eq!(uow.idempotency().find(owner, &record(owner).key, noon()).await.unwrap(), None);
    write_everything(uow.as_mut(), owner).await;
    uow.commit().await.unwrap();
    assert_eq!(visible(store, owner).await, [1; 6], "numbers given to dropped events are given again");
}

/// A unit of work reads what it wrote itself.
pub async fn a_unit_of_work_sees_its_own_writes(store: &StoreUnderTest) {
    let person = account("own.writes@example.org");
    let mut uow = store.identity.begin().await.unwrap();
    uow.accounts().insert(&person).await.unwrap();
    assert!(uow.accounts().find(person.id).await.unwrap().is_some());
    assert!(uow.accounts().find_by_email(&person.email).await.unwrap().is_some());
    assert!(uow.accounts().delete(person.id).await.unwrap());
    assert!(uow.accounts().find(person.id).await.unwrap().is_none());
    uow.commit().await.unwrap();
    assert!(store.identity.accounts().find(person.id).await.unwrap().is_none());
}

/// Units of work of two contexts write to the same queue, events and idempotency records.
pub async fn contexts_share_the_kernel(store: &StoreUnderTest) {
    let owner = user();
    let mut uow = store.identity.begin().await.unwrap();
    uow.idempotency().insert(&record(owner), noon()).await.unwrap();
    uow.jobs().enqueue(&job("contract.kernel.share").unique("shared")).await.unwrap();
    uow.events().append(&deleted(owner, EntityId::from_bytes([7; 12]))).await.unwrap();
    uow.commit().await.unwrap();

    let mut uow = store.wearit.begin().await.unwrap();
    assert!(uow.idempotency().find(owner, &record(owner).key, noon()).await.unwrap().is_some());
    assert!(uow.jobs().is_live("shared").await.unwrap());
    assert_eq!(uow.events().append(&deleted(owner, EntityId::from_bytes([8; 12]))).await.unwrap(), 2);
    drop(uow);
}

/// Concurrent units of work that read, change and write the same row lose no change, when contention is retried as the port says.
pub async fn concurrent_changes_of_one_row_are_not_lost(store: &StoreUnderTest) {
    let person = account("counter@example.org");
    store.add_account(&person).await;
    let id = person.id;
    let outcomes = concurrently(store, move |store, _| async move {
        let mut uow = store.identity.begin().await?;
        let mut account = uow.accounts().find(id).await?.unwrap();
        account.updated_at += TimeDelta::milliseconds(1);
        uow.accounts().update(&account).await?;
        uow.commit().await
    })
    .await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let stored = store.identity.accounts().find(person.id).await.unwrap().unwrap();
    assert_eq!(stored.updated_at, noon() + TimeDelta::milliseconds(i64::try_from(TASKS).unwrap()));
}
