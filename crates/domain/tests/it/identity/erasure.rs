//! Export and erasure.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use atelier_domain::identity::{
    Account, ChangeAccount, EraseAccount, IdentityError, IdentityPersonalData, IdentityPorts, IdentitySettings, OneTimePurpose, Role,
};
use atelier_domain::kernel::{Clock, EntityId};
use atelier_domain::kernel::{
    ExportSection, ImageInput, JobError, JobPayload, JobQueue, NewJob, ObjectInfo, ObjectKey, ObjectPrefix, ObjectStore, ObjectStoreError,
    PersonalData, PersonalDataError, PrefixDeletion, SignedUrl, StoreError, UploadId, UserId,
};
use atelier_testkit::PassthroughImages;
use bytes::Bytes;

use super::world::{PASSWORD, World, client, log_in};

/// A context that holds one row on everybody, and cannot be erased at first.
struct Stubborn {
    failures: AtomicUsize,
    erased: AtomicUsize,
}

#[async_trait::async_trait]
impl PersonalData for Stubborn {
    fn context(&self) -> &'static str {
        "stubborn"
    }
    fn collections(&self) -> &'static [&'static str] {
        &["stubborn"]
    }
    async fn export(&self, user_id: UserId) -> Result<ExportSection, PersonalDataError> {
        Ok(ExportSection { context: "stubborn", data: serde_json::json!({ "user_id": user_id.to_string() }) })
    }
    async fn erase(&self, _user_id: UserId) -> Result<(), PersonalDataError> {
        if self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(StoreError::Unavailable("gone for lunch".into()).into());
        }
        self.erased.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// An object store that at first cannot delete everything under a prefix.
struct Sticky {
    objects: Arc<dyn ObjectStore>,
    failures: AtomicUsize,
}

#[async_trait::async_trait]
impl ObjectStore for Sticky {
    async fn put(&self, key: &ObjectKey, body: Bytes, content_type: &str) -> Result<(), ObjectStoreError> {
        self.objects.put(key, body, content_type).await
    }
    async fn get(&self, key: &ObjectKey) -> Result<Bytes, ObjectStoreError> {
        self.objects.get(key).await
    }
    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectInfo>, ObjectStoreError> {
        self.objects.head(key).await
    }
    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectStoreError> {
        self.objects.delete(key).await
    }
    async fn delete_prefix(&self, prefix: &ObjectPrefix) -> Result<PrefixDeletion, ObjectStoreError> {
        if prefix.as_str().starts_with("temp/")
            && self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok()
        {
            return Ok(PrefixDeletion { deleted: 0, failed: vec![("temp/x".to_owned(), "busy".to_owned())] });
        }
        self.objects.delete_prefix(prefix).await
    }
    async fn list(&self, prefix: &ObjectPrefix, after: Option<ObjectKey>, limit: usize) -> Result<Vec<ObjectInfo>, ObjectStoreError> {
        self.objects.list(prefix, after, limit).await
    }
    async fn presign_get(&self, key: &ObjectKey, expires_in: Duration) -> Result<SignedUrl, ObjectStoreError> {
        self.objects.presign_get(key, expires_in).await
    }
    async fn presign_put(&self, key: &ObjectKey, kind: &str, size: u64, expires_in: Duration) -> Result<SignedUrl, ObjectStoreError> {
        self.objects.presign_put(key, kind, size, expires_in).await
    }
}

fn world(context_failures: usize, object_failures: usize) -> (World, Arc<Stubborn>) {
    let stubborn = Arc::new(Stubborn { failures: context_failures.into(), erased: 0.into() });
    let world = World::with(IdentitySettings::default(), vec![Arc::clone(&stubborn) as _], |ports| {
        let sticky = Sticky { objects: Arc::clone(&ports.objects), failures: object_failures.into() };
        IdentityPorts { objects: Arc::new(sticky), ..ports }
    });
    (world, stubborn)
}

/// A person with something in every collection of identity, and with files.
async fn full_life(world: &World) -> Account {
    let signed_in = world.sign_up("user@example.com").await;
    let account = signed_in.profile.account.clone();
    let me = world.actor(&signed_in).await;
    world.recovery.forgot_password("user@example.com").await.unwrap();
    world.recovery.request_magic_link("user@example.com").await.unwrap();
    world.work().await;
    world.tickets.issue(&me).await.unwrap();
    world.accounts.give_consent(&me, "2026-01").await.unwrap();
    world.accounts.set_avatar(&me, ImageInput::Bytes(PassthroughImages::jpeg("me"))).await.unwrap();
    let upload = ObjectKey::temp(me.user_id, UploadId::from_bytes([7; 12]));
    world.objects.put(&upload, Bytes::from_static(b"half a picture"), "image/jpeg").await.unwrap();
    account
}

/// Lets the second run come due, and runs it.
async fn finish_stragglers(world: &World) {
    world.clock.advance(EraseAccount::STRAGGLERS_AFTER.to_std().unwrap());
    world.work().await;
}

async fn ask_for_erasure(world: &World, account: &Account) {
    let signed_in = world.accounts.log_in(log_in(account.email.as_str(), PASSWORD), &client()).await.unwrap();
    let me = world.actor(&signed_in).await;
    world.personal_data.request_erasure(&me, &PASSWORD.into(), &client()).await.unwrap();
}

#[tokio::test]
async fn erasure_leaves_no_row_and_no_file() {
    let (world, stubborn) = world(0, 0);
    let account = full_life(&world).await;
    let other = world.person("other@example.com").await;
    world.accounts.set_avatar(&other, ImageInput::Bytes(PassthroughImages::jpeg("other"))).await.unwrap();
    world.work().await;
    let claimed =
        ["magic_links", "email_verifications", "ws_tickets", "users", "sessions", "refresh_tokens", "password_reset", "jobs", "audit"];
    assert_eq!(world.store.collections_holding(account.id), claimed);
    ask_for_erasure(&world, &account).await;
    world.work().await;
    assert_eq!(world.store.collections_holding(account.id), ["jobs"], "the second run waits");
    assert_eq!(world.objects.keys(), [ObjectKey::avatar(other.user_id)], "only the other person's files are left");
    assert!(world.accounts.me(&other).await.is_ok());
    world.sign_up("user@example.com").await;
    finish_stragglers(&world).await;
    assert!(world.store.collections_holding(account.id).is_empty(), "{:?}", world.store.collections_holding(account.id));
    assert_eq!(stubborn.erased.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_a_request_under_way_writes_after_the_erasure_is_erased_too() {
    let (world, _) = world(0, 0);
    let account = full_life(&world).await;
    let late = ObjectKey::temp(account.id, UploadId::from_bytes([8; 12]));
    ask_for_erasure(&world, &account).await;
    world.work().await;
    world.objects.put(&late, Bytes::from_static(b"late"), "image/jpeg").await.unwrap();
    let mut uow = world.ports.store.begin().await.unwrap();
    uow.one_time_tokens().insert(&atelier_testkit::one_time_token(OneTimePurpose::LiveTicket, account.id, "late")).await.unwrap();
    uow.commit().await.unwrap();
    world.clock.advance(Duration::from_secs(599));
    world.work().await;
    assert_eq!(world.store.collections_holding(account.id), ["ws_tickets", "jobs"], "the second run is not due yet");
    world.clock.advance(Duration::from_secs(1));
    world.work().await;
    assert!(world.store.collections_holding(account.id).is_empty(), "{:?}", world.store.collections_holding(account.id));
    assert!(world.objects.keys().is_empty());
}

#[tokio::test]
async fn the_account_stops_working_at_once() {
    let (world, _) = world(0, 0);
    let signed_in = world.sign_up("user@example.com").await;
    let me = world.actor(&signed_in).await;
    world.personal_data.request_erasure(&me, &PASSWORD.into(), &client()).await.unwrap();
    assert!(world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.is_err());
    assert!(world.accounts.refresh(&signed_in.tokens.refresh_token, &client()).await.is_err());
    assert!(world.accounts.me(&me).await.is_err());
    assert!(matches!(world.personal_data.request_erasure(&me, &PASSWORD.into(), &client()).await, Err(IdentityError::BadCredentials)));
    let admin = world.admin("admin@example.com").await;
    let revive = ChangeAccount { is_active: Some(true), role: Some(Role::Premium), email: None };
    let outcome = world.administration.change(&admin, me.user_id, revive).await;
    assert!(matches!(outcome, Err(IdentityError::NotFound)), "nobody brings it back: {outcome:?}");
}

#[tokio::test]
async fn a_wrong_password_erases_nothing() {
    let (world, _) = world(0, 0);
    let me = world.person("user@example.com").await;
    world.work().await;
    let outcome = world.personal_data.request_erasure(&me, &"wrong".into(), &client()).await;
    assert!(matches!(outcome, Err(IdentityError::BadCredentials)), "{outcome:?}");
    assert!(world.claim().await.is_none());
    assert!(world.accounts.me(&me).await.is_ok());
}

#[tokio::test]
async fn an_erasure_cut_off_in_the_middle_is_finished_by_a_later_run() {
    // One failure in a context's rows, then one in the objects: each ends a run at another place.
    let (world, stubborn) = world(1, 1);
    let account = full_life(&world).await;
    ask_for_erasure(&world, &account).await;
    for expected_attempt in 1..=2 {
        let job = world.claim().await.unwrap();
        assert_eq!((job.kind.as_str(), job.attempt), (EraseAccount::KIND, expected_attempt));
        let outcome = world.run(&job).await;
        assert!(matches!(outcome, Err(JobError::Retry { .. })), "{outcome:?}");
        let held = world.store.collections_holding(account.id);
        assert!(held.contains(&"users") && held.contains(&"jobs"), "the account is seen to be unfinished: {held:?}");
        world.store.retry(job.lease, world.clock.now(), "again").await.unwrap();
    }
    world.work().await;
    finish_stragglers(&world).await;
    assert!(world.store.collections_holding(account.id).is_empty());
    assert!(world.objects.keys().is_empty());
    assert_eq!(stubborn.erased.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn an_erasure_is_never_given_up_for_the_number_of_its_attempts() {
    use atelier_domain::identity::EraseAccountJob;
    use atelier_domain::kernel::JobHandler;
    let (world, _) = world(0, 0);
    let backoff = EraseAccountJob::new(world.ports, Vec::new()).backoff();
    assert_eq!(backoff.after(10_000), Some(Duration::from_secs(3600)));
}

#[tokio::test]
async fn an_erasure_run_twice_at_once_by_two_workers_finishes_once() {
    let (world, _) = world(0, 0);
    let account = full_life(&world).await;
    ask_for_erasure(&world, &account).await;
    let slow = world.claim().await.unwrap();
    world.clock.advance(Duration::from_secs(61));
    let fast = world.claim().await.unwrap();
    assert_eq!(fast.lease.job_id, slow.lease.job_id);
    world.run(&fast).await.unwrap();
    assert!(matches!(world.run(&slow).await, Err(JobError::LeaseLost)));
    finish_stragglers(&world).await;
    assert!(world.store.collections_holding(account.id).is_empty());
}

#[tokio::test]
async fn the_export_has_a_section_per_context_and_no_secret() {
    let (world, _) = world(0, 0);
    let account = full_life(&world).await;
    let signed_in = world.accounts.log_in(log_in("user@example.com", PASSWORD), &client()).await.unwrap();
    let sections = world.personal_data.export(&world.actor(&signed_in).await).await.unwrap();
    assert_eq!(sections.iter().map(|section| section.context).collect::<Vec<_>>(), ["identity", "stubborn"]);
    let identity = &sections[0].data;
    assert_eq!(identity["account"]["email"], "user@example.com");
    assert_eq!(identity["account"]["consent"]["version"], "2026-01");
    assert!(identity["account"]["avatar_url"].as_str().unwrap().contains(&account.id.to_string()));
    assert_eq!(identity["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(identity["audit"][0]["action"], "identity.consent_given");
    assert_eq!(identity["audit"][0]["by"], "you");
    let text = identity.to_string();
    assert!(!text.contains("$2b$") && !text.contains(PASSWORD), "{text}");
}

#[tokio::test]
async fn every_collection_identity_fills_is_claimed_by_it() {
    let (world, _) = world(0, 0);
    let account = full_life(&world).await;
    let claimed = IdentityPersonalData::new(world.ports.clone());
    for collection in world.store.collections_holding(account.id) {
        assert!(claimed.collections().contains(&collection), "{collection}");
    }
}

#[tokio::test]
async fn an_erasure_enqueued_by_the_previous_version_is_run() {
    let (world, _) = world(0, 0);
    let account = full_life(&world).await;
    let mut job = NewJob::of(world.ports.ids.generate(), &EraseAccount::of(account.id), world.clock.now()).unwrap();
    job.payload = format!(r#"{{"user_id":"{}"}}"#, account.id);
    let mut uow = world.ports.store.begin().await.unwrap();
    uow.jobs().enqueue(&job).await.unwrap();
    uow.commit().await.unwrap();
    world.work().await;
    finish_stragglers(&world).await;
    assert!(world.store.collections_holding(account.id).is_empty());
}
