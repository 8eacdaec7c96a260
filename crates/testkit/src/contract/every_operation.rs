//! Every operation of every port once, for tests that look at what a store does meanwhile: the plans of its statements, say.

use std::time::Duration;

use atelier_domain::identity::{AccountFilter, OneTimePurpose, PasswordReset, Role};
use atelier_domain::kernel::{
    AuditEntry, AuditId, ClothingId, Cursor, EntityId, EventKind, IdempotencyKey, IdempotencyRecord, NewEvent, Page, UserId,
};
use atelier_domain::wearit::integrity::FileKind;
use atelier_domain::wearit::quotas::{StoredItem, Usage};
use atelier_domain::wearit::tryon::{TryOnFilter, TryOnStatus};
use atelier_domain::wearit::wardrobe::{Category, ClothingFilter, ClothingSort};
use atelier_domain::wearit::webhooks::{DeliveryFilter, DeliveryStatus};

use super::StoreUnderTest;
use crate::{
    account, body, clothing, delivery, endpoint, favorite, job, noon, one_time_token, password_reset, refresh_token, session, tryon,
    upload, user,
};

/// Calls every operation at least once, lists with each of their filters and ways of paging.
pub async fn call(store: &StoreUnderTest) {
    let person = user();
    identity(store, person).await;
    wearit(store, person).await;
    kernel(store, person).await;
}

fn pages() -> [Page; 3] {
    let after = Cursor { key: noon().timestamp_millis().to_string(), id: [1; 12] };
    [Page::default(), Page { skip: 10, ..Page::default() }, Page { after: Some(after), ..Page::default() }]
}

async fn identity(store: &StoreUnderTest, person: UserId) {
    let mut uow = store.identity.begin().await.unwrap();
    let owner = account("plans@example.org");
    uow.accounts().insert(&owner).await.unwrap();
    uow.accounts().find(owner.id).await.unwrap();
    uow.accounts().find_by_email(&owner.email).await.unwrap();
    uow.accounts().update(&owner).await.unwrap();
    uow.accounts().count_active(Role::Admin).await.unwrap();
    uow.accounts().delete(user()).await.unwrap();
    let device = session(person);
    uow.sessions().insert(&device).await.unwrap();
    uow.sessions().find(device.id).await.unwrap();
    uow.sessions().update(&device).await.unwrap();
    uow.sessions().revoke_all(person, Some(device.id), noon()).await.unwrap();
    uow.sessions().add_token(&refresh_token(&device, "d")).await.unwrap();
    uow.sessions().use_token("d", noon()).await.unwrap();
    uow.sessions().purge_ended(noon()).await.unwrap();
    uow.sessions().delete_all(user()).await.unwrap();
    uow.resets().replace(&password_reset(person, "c")).await.unwrap();
    uow.resets().find(person).await.unwrap();
    uow.resets().count_try(person).await.unwrap();
    uow.resets().purge_expired(noon() - PasswordReset::LIFETIME).await.unwrap();
    uow.resets().delete(person).await.unwrap();
    for purpose in OneTimePurpose::ALL {
        uow.one_time_tokens().insert(&one_time_token(purpose, person, "t")).await.unwrap();
        uow.one_time_tokens().take(purpose, "t", noon()).await.unwrap();
        uow.one_time_tokens().delete_all(purpose, person).await.unwrap();
    }
    uow.one_time_tokens().purge_expired(noon()).await.unwrap();
    uow.commit().await.unwrap();

    let accounts = store.identity.accounts();
    accounts.stats().await.unwrap();
    for role in [None, Some(Role::User)] {
        for page in &pages() {
            accounts.list(&AccountFilter { role }, page).await.unwrap();
        }
    }
    store.identity.sessions().live(person, noon()).await.unwrap();
    store.identity.audit_of(person).await.unwrap();
    super::audit_trail::every_operation(store, person).await;
    store.identity.erase_kernel_rows(user()).await.unwrap();
}

async fn wearit(store: &StoreUnderTest, person: UserId) {
    let (figure, garment) = (body(person), clothing(person));
    let wish = tryon(person, figure.id, garment.id);
    let mut uow = store.wearit.begin().await.unwrap();
    uow.clothing().insert(&garment).await.unwrap();
    uow.clothing().find(person, garment.id).await.unwrap();
    uow.clothing().update(&garment).await.unwrap();
    uow.clothing().delete(person, ClothingId::from_bytes([5; 12])).await.unwrap();
    uow.bodies().insert(&figure).await.unwrap();
    uow.bodies().find(person).await.unwrap();
    uow.bodies().update(&figure).await.unwrap();
    uow.bodies().delete(user()).await.unwrap();
    uow.tryons().insert(&wish).await.unwrap();
    uow.tryons().find(person, wish.id).await.unwrap();
    let mut other_garment = wish.clone();
    other_garment.clothing_ids = vec![ClothingId::from_bytes([6; 12])];
    uow.tryons().update(&other_garment).await.unwrap();
    uow.tryons().unfinished_with_clothing(person, garment.id).await.unwrap();
    uow.tryons().unfinished_on_body(person, figure.id).await.unwrap();
    uow.tryons().forget_clothing(person, garment.id).await.unwrap();
    uow.tryons().forget_body(person, figure.id).await.unwrap();
    uow.favorites().insert(&favorite(&wish)).await.unwrap();
    uow.favorites().find(person, wish.id).await.unwrap();
    uow.favorites().delete(user(), wish.id).await.unwrap();
    let temporary = upload(person);
    uow.uploads().insert(&temporary).await.unwrap();
    uow.uploads().find(person, temporary.id).await.unwrap();
    uow.uploads().delete(person, temporary.id).await.unwrap();
    uow.uploads().take_expired(noon(), 10).await.unwrap();
    uow.usage().find(person).await.unwrap();
    uow.usage().put(&Usage::none(person, noon())).await.unwrap();
    let item = StoredItem::clothing(garment.id);
    uow.usage().put_item(person, &item, 1).await.unwrap();
    uow.usage().take_item(person, &item).await.unwrap();
    let told = endpoint(person);
    uow.webhooks().insert_endpoint(&told).await.unwrap();
    uow.webhooks().endpoint(person, told.id).await.unwrap();
    uow.webhooks().endpoints(person).await.unwrap();
    uow.webhooks().count_endpoints(person).await.unwrap();
    uow.webhooks().update_endpoint(&told).await.unwrap();
    let message = delivery(&told);
    uow.webhooks().insert_delivery(&message).await.unwrap();
    uow.webhooks().delivery(person, message.id).await.unwrap();
    uow.webhooks().update_delivery(&message).await.unwrap();
    uow.webhooks().purge_deliveries(noon(), 10).await.unwrap();
    uow.commit().await.unwrap();

    for page in &pages() {
        for sort in [ClothingSort::Newest, ClothingSort::Oldest, ClothingSort::Name] {
            for (category, brand, q) in [
                (None, None, None),
                (Some(Category::Tops), None, None),
                (None, Some("Plain".to_owned()), None),
                (None, None, Some("shirt".to_owned())),
            ] {
                store.wearit.clothing().list(person, &ClothingFilter { category, brand, q, sort }, page).await.unwrap();
            }
        }
        for status in [None, Some(TryOnStatus::Pending)] {
            for body_id in [None, Some(figure.id)] {
                for clothing_id in [None, Some(garment.id)] {
                    store.wearit.tryons().list(person, &TryOnFilter { status, body_id, clothing_id }, page).await.unwrap();
                }
            }
        }
        store.wearit.favorites().list(person, page).await.unwrap();
        for endpoint_id in [None, Some(told.id)] {
            for status in [None, Some(DeliveryStatus::Pending)] {
                store.wearit.webhooks().deliveries(person, &DeliveryFilter { endpoint_id, status }, page).await.unwrap();
            }
        }
    }
    store.wearit.clothing().find_many(person, &[garment.id]).await.unwrap();
    store.wearit.clothing().stats(person).await.unwrap();
    store.wearit.tryons().find_many(person, &[wish.id]).await.unwrap();
    store.wearit.tryons().unfinished_before(noon(), 10).await.unwrap();
    store.wearit.tryons().completed_before(noon(), 10).await.unwrap();
    store.wearit.usage().usage(person).await.unwrap();
    store.wearit.webhooks().endpoint(person, told.id).await.unwrap();
    store.wearit.webhooks().endpoints(person).await.unwrap();
    store.wearit.webhooks().delivery(person, message.id).await.unwrap();
    store.wearit.favorites().marked(person, &[wish.id]).await.unwrap();
    for kind in [FileKind::Clothing, FileKind::Body, FileKind::TryOn] {
        for after in [None, Some([1; 12])] {
            store.wearit.file_owners(kind, after, 10).await.unwrap();
        }
    }
    let mut uow = store.wearit.begin().await.unwrap();
    uow.tryons().delete(person, wish.id).await.unwrap();
    uow.webhooks().delete_endpoint(person, told.id).await.unwrap();
    uow.commit().await.unwrap();
    store.wearit.erase_rows(person).await.unwrap();
}

async fn kernel(store: &StoreUnderTest, person: UserId) {
    let lease_for = Duration::from_secs(1);
    let mut uow = store.wearit.begin().await.unwrap();
    uow.jobs().is_live("key").await.unwrap();
    uow.jobs().enqueue(&job("test.others").unique("key")).await.unwrap();
    for _ in 0..6 {
        uow.jobs().enqueue(&job("test.plans").for_user(person)).await.unwrap();
    }
    uow.events()
        .append(&NewEvent { user_id: person, kind: EventKind::TryOnDeleted { tryon_id: EntityId::from_bytes([1; 12]) }, at: noon() })
        .await
        .unwrap();
    let (id, key) = (AuditId::from_bytes([1; 12]), IdempotencyKey::parse("k").unwrap());
    let entry =
        AuditEntry { id, at: noon(), actor: Some(person), action: "test.plans".into(), subject: String::new(), details: String::new() };
    uow.audit().append(&entry).await.unwrap();
    uow.idempotency().find(person, &key, noon()).await.unwrap();
    let record = IdempotencyRecord {
        user_id: person,
        key,
        fingerprint: String::new(),
        resource: String::new(),
        expires_at: noon() + IdempotencyKey::LIFETIME,
    };
    uow.idempotency().insert(&record, noon()).await.unwrap();
    uow.commit().await.unwrap();

    let claim = async || store.jobs.claim("w", &["test.plans"], noon(), lease_for).await.unwrap().unwrap().lease;
    store.jobs.heartbeat(claim().await, noon(), lease_for).await.unwrap();
    store.jobs.retry(claim().await, noon(), "again").await.unwrap();
    store.jobs.fail(claim().await, noon(), "never").await.unwrap();
    store.jobs.release(claim().await, noon()).await.unwrap();
    for settle in ["complete", "forget"] {
        let lease = claim().await;
        let mut uow = store.wearit.begin().await.unwrap();
        uow.jobs().guard(lease).await.unwrap();
        if settle == "complete" {
            uow.jobs().complete(lease, noon()).await.unwrap();
        } else {
            uow.jobs().forget(lease).await.unwrap();
        }
        uow.commit().await.unwrap();
    }
    store.jobs.counts().await.unwrap();
    store.jobs.queued_before("test.plans", noon()).await.unwrap();
    store.jobs.purge(noon()).await.unwrap();
    store.events.after(person, 0, 10).await.unwrap();
    store.events.bounds(person).await.unwrap();
}
