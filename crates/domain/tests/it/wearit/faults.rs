//! Stores that fail, or wait for each other, when a test says so.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use atelier_adapter_memory::{MemoryObjectStore, MemoryStore};
use atelier_domain::kernel::{
    AuditWriter, EventWriter, IdempotencyRepository, JobWriter, ObjectInfo, ObjectKey, ObjectPrefix, ObjectStore, ObjectStoreError,
    PrefixDeletion, SignedUrl, StoreError, UnitOfWork, UserId,
};
use atelier_domain::wearit::body::{BodyQueries, BodyRepository};
use atelier_domain::wearit::favorites::{FavoriteQueries, FavoriteRepository};
use atelier_domain::wearit::integrity::{FileKind, FileOwner};
use atelier_domain::wearit::quotas::{UsageQueries, UsageRepository};
use atelier_domain::wearit::tryon::{TryOnQueries, TryOnRepository};
use atelier_domain::wearit::uploads::UploadRepository;
use atelier_domain::wearit::wardrobe::{ClothingQueries, ClothingRepository};
use atelier_domain::wearit::webhooks::{WebhookQueries, WebhookRepository};
use atelier_domain::wearit::{WearitStore, WearitUnitOfWork};
use bytes::Bytes;
use tokio::sync::Barrier;

/// How a commit goes wrong.
#[derive(Debug, Clone, Copy)]
pub(super) enum CommitFault {
    /// Nothing is written.
    Refused,
    /// Everything is written, but the answer gets lost.
    AnswerLost,
    /// Another writer was faster; nothing is written.
    Contended,
}

/// A memory store whose next commits go wrong.
#[derive(Clone)]
pub(super) struct FaultyStore {
    inner: MemoryStore,
    faults: Arc<Mutex<VecDeque<Option<CommitFault>>>>,
}

impl FaultyStore {
    pub(super) fn new(inner: MemoryStore) -> Self {
        Self { inner, faults: Arc::default() }
    }

    /// The next commit goes wrong like this; later calls are for later commits.
    pub(super) fn fail_next(&self, fault: CommitFault) {
        self.fail_in(0, fault);
    }

    /// As [`fail_next`](FaultyStore::fail_next), after so many commits that go well.
    pub(super) fn fail_in(&self, commits: usize, fault: CommitFault) {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.extend(std::iter::repeat_n(None, commits));
        faults.push_back(Some(fault));
    }
}

struct FaultyUnitOfWork {
    inner: Box<dyn WearitUnitOfWork>,
    faults: Arc<Mutex<VecDeque<Option<CommitFault>>>>,
}

#[async_trait::async_trait]
impl UnitOfWork for FaultyUnitOfWork {
    fn jobs(&mut self) -> &mut dyn JobWriter {
        self.inner.jobs()
    }

    fn events(&mut self) -> &mut dyn EventWriter {
        self.inner.events()
    }

    fn audit(&mut self) -> &mut dyn AuditWriter {
        self.inner.audit()
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        self.inner.idempotency()
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let fault = self.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front().flatten();
        match fault {
            None => self.inner.commit().await,
            Some(CommitFault::Refused) => Err(StoreError::Unavailable("told to refuse".into())),
            Some(CommitFault::Contended) => Err(StoreError::Contention("told to be contended".into())),
            Some(CommitFault::AnswerLost) => {
                self.inner.commit().await?;
                Err(StoreError::Unavailable("told to lose the answer".into()))
            }
        }
    }
}

impl WearitUnitOfWork for FaultyUnitOfWork {
    fn clothing(&mut self) -> &mut dyn ClothingRepository {
        self.inner.clothing()
    }

    fn bodies(&mut self) -> &mut dyn BodyRepository {
        self.inner.bodies()
    }

    fn tryons(&mut self) -> &mut dyn TryOnRepository {
        self.inner.tryons()
    }

    fn favorites(&mut self) -> &mut dyn FavoriteRepository {
        self.inner.favorites()
    }

    fn uploads(&mut self) -> &mut dyn UploadRepository {
        self.inner.uploads()
    }

    fn usage(&mut self) -> &mut dyn UsageRepository {
        self.inner.usage()
    }

    fn webhooks(&mut self) -> &mut dyn WebhookRepository {
        self.inner.webhooks()
    }
}

#[async_trait::async_trait]
impl WearitStore for FaultyStore {
    async fn begin(&self) -> Result<Box<dyn WearitUnitOfWork>, StoreError> {
        let inner = WearitStore::begin(&self.inner).await?;
        Ok(Box::new(FaultyUnitOfWork { inner, faults: Arc::clone(&self.faults) }))
    }

    fn clothing(&self) -> &dyn ClothingQueries {
        self.inner.clothing()
    }

    fn bodies(&self) -> &dyn BodyQueries {
        self.inner.bodies()
    }

    fn tryons(&self) -> &dyn TryOnQueries {
        self.inner.tryons()
    }

    fn favorites(&self) -> &dyn FavoriteQueries {
        self.inner.favorites()
    }

    fn usage(&self) -> &dyn UsageQueries {
        WearitStore::usage(&self.inner)
    }

    fn webhooks(&self) -> &dyn WebhookQueries {
        self.inner.webhooks()
    }

    async fn file_owners(&self, kind: FileKind, after: Option<[u8; 12]>, limit: u32) -> Result<Vec<FileOwner>, StoreError> {
        self.inner.file_owners(kind, after, limit).await
    }

    async fn erase_rows(&self, user_id: UserId) -> Result<(), StoreError> {
        self.inner.erase_rows(user_id).await
    }
}

/// A memory object store that refuses keys with a certain ending, or makes the first two writers wait for each other.
#[derive(Clone)]
pub(super) struct FaultyObjects {
    inner: MemoryObjectStore,
    refused: Arc<Mutex<Option<&'static str>>>,
    meeting: Arc<Barrier>,
    still_to_meet: Arc<AtomicU32>,
}

impl FaultyObjects {
    pub(super) fn new(inner: MemoryObjectStore) -> Self {
        Self { inner, refused: Arc::default(), meeting: Arc::new(Barrier::new(2)), still_to_meet: Arc::default() }
    }

    /// Writing and deleting keys that end like this fails from now on; with `None` nothing fails any more.
    pub(super) fn refuse(&self, ending: Option<&'static str>) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = ending;
    }

    /// The next two writes wait for each other, so that two requests are at the same point.
    pub(super) fn let_two_writers_meet(&self) {
        self.still_to_meet.store(2, Ordering::SeqCst);
    }

    fn check(&self, key: &ObjectKey) -> Result<(), ObjectStoreError> {
        let refused = *self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        match refused {
            Some(ending) if key.as_str().ends_with(ending) => Err(ObjectStoreError::Unavailable("told to refuse".into())),
            _ => Ok(()),
        }
    }
}

#[async_trait::async_trait]
impl ObjectStore for FaultyObjects {
    async fn put(&self, key: &ObjectKey, body: Bytes, content_type: &str) -> Result<(), ObjectStoreError> {
        let meets = self.still_to_meet.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if meets {
            self.meeting.wait().await;
        }
        self.check(key)?;
        self.inner.put(key, body, content_type).await
    }

    async fn get(&self, key: &ObjectKey) -> Result<Bytes, ObjectStoreError> {
        self.inner.get(key).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectInfo>, ObjectStoreError> {
        self.inner.head(key).await
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectStoreError> {
        self.check(key)?;
        self.inner.delete(key).await
    }

    async fn delete_prefix(&self, prefix: &ObjectPrefix) -> Result<PrefixDeletion, ObjectStoreError> {
        self.inner.delete_prefix(prefix).await
    }

    async fn list(&self, prefix: &ObjectPrefix, after: Option<ObjectKey>, limit: usize) -> Result<Vec<ObjectInfo>, ObjectStoreError> {
        self.inner.list(prefix, after, limit).await
    }

    async fn presign_get(&self, key: &ObjectKey, expires_in: Duration) -> Result<SignedUrl, ObjectStoreError> {
        self.inner.presign_get(key, expires_in).await
    }

    async fn presign_put(
        &self,
        key: &ObjectKey,
        content_type: &str,
        size: u64,
        expires_in: Duration,
    ) -> Result<SignedUrl, ObjectStoreError> {
        self.inner.presign_put(key, content_type, size, expires_in).await
    }
}
