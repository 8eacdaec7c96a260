//! The object store.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use atelier_domain::kernel::{
    Clock, ObjectInfo, ObjectKey, ObjectPrefix, ObjectStore, ObjectStoreError, PrefixDeletion, SignedMethod, SignedUrl, Timestamp,
};
use bytes::Bytes;

use super::signature::{Grant, Signer};

/// An object as it is kept.
#[derive(Debug, Clone)]
pub(super) struct StoredObject {
    pub(super) body: Bytes,
    pub(super) content_type: String,
    pub(super) modified_at: Timestamp,
}

impl StoredObject {
    pub(super) fn info(&self, key: &ObjectKey) -> ObjectInfo {
        ObjectInfo { key: key.clone(), size: self.body.len() as u64, modified_at: self.modified_at }
    }
}

/// Keeps objects in memory. Clones share them. Signed URLs are `{base}/{key}?{signature}`, with the base `/files` unless told otherwise.
#[derive(Clone)]
pub struct MemoryObjectStore {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) signer: Arc<Signer>,
    objects: Arc<RwLock<BTreeMap<ObjectKey, StoredObject>>>,
    base_url: String,
}

impl MemoryObjectStore {
    /// An empty store that tells the time by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, signer: Arc::default(), objects: Arc::default(), base_url: "/files".to_owned() }
    }

    /// Puts another base before the keys of signed URLs, without a final slash.
    #[must_use]
    pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Every key, in order.
    pub fn keys(&self) -> Vec<ObjectKey> {
        self.read(|objects| objects.keys().cloned().collect())
    }

    pub(super) fn read<T>(&self, work: impl FnOnce(&BTreeMap<ObjectKey, StoredObject>) -> T) -> T {
        work(&self.objects.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, work: impl FnOnce(&mut BTreeMap<ObjectKey, StoredObject>) -> T) -> T {
        work(&mut self.objects.write().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn store(&self, key: &ObjectKey, body: Bytes, content_type: &str) {
        let object = StoredObject { body, content_type: content_type.to_owned(), modified_at: self.clock.now() };
        self.write(|objects| objects.insert(key.clone(), object));
    }

    fn signed(&self, grant: &Grant<'_>) -> SignedUrl {
        let path: String = grant.key.as_str().bytes().map(percent_encoded).collect();
        SignedUrl { url: format!("{}/{path}?{}", self.base_url, self.signer.query(grant)), expires_at: grant.expires_at }
    }

    fn expiry(&self, expires_in: Duration) -> Timestamp {
        let length = chrono::TimeDelta::from_std(expires_in).ok();
        length.and_then(|length| self.clock.now().checked_add_signed(length)).unwrap_or(Timestamp::MAX_UTC)
    }
}

fn percent_encoded(byte: u8) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}

#[async_trait::async_trait]
impl ObjectStore for MemoryObjectStore {
    async fn put(&self, key: &ObjectKey, body: Bytes, content_type: &str) -> Result<(), ObjectStoreError> {
        self.store(key, body, content_type);
        Ok(())
    }

    async fn get(&self, key: &ObjectKey) -> Result<Bytes, ObjectStoreError> {
        let found = self.read(|objects| objects.get(key).map(|object| object.body.clone()));
        found.ok_or_else(|| ObjectStoreError::NotFound(key.clone()))
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectInfo>, ObjectStoreError> {
        Ok(self.read(|objects| objects.get(key).map(|object| object.info(key))))
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectStoreError> {
        self.write(|objects| objects.remove(key));
        Ok(())
    }

    async fn delete_prefix(&self, prefix: &ObjectPrefix) -> Result<PrefixDeletion, ObjectStoreError> {
        let deleted = self.write(|objects| {
            let before = objects.len();
            objects.retain(|key, _| !key.as_str().starts_with(prefix.as_str()));
            before - objects.len()
        });
        Ok(PrefixDeletion { deleted: deleted as u64, failed: Vec::new() })
    }

    async fn list(&self, prefix: &ObjectPrefix, after: Option<ObjectKey>, limit: usize) -> Result<Vec<ObjectInfo>, ObjectStoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(self.read(|objects| {
            let under = objects.range((from, Bound::Unbounded)).filter(|(key, _)| key.as_str().starts_with(prefix.as_str()));
            under.take(limit).map(|(key, object)| object.info(key)).collect()
        }))
    }

    async fn presign_get(&self, key: &ObjectKey, expires_in: Duration) -> Result<SignedUrl, ObjectStoreError> {
        let expires_at = self.expiry(expires_in);
        Ok(self.signed(&Grant { method: SignedMethod::Get, key, expires_at, content_type: "", size: 0 }))
    }

    async fn presign_put(
        &self,
        key: &ObjectKey,
        content_type: &str,
        size: u64,
        expires_in: Duration,
    ) -> Result<SignedUrl, ObjectStoreError> {
        let expires_at = self.expiry(expires_in);
        Ok(self.signed(&Grant { method: SignedMethod::Put, key, expires_at, content_type, size }))
    }
}
