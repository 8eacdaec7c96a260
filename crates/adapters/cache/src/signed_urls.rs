//! Signed URLs, given out again while they have long enough to live.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::kernel::{Cache, Clock, ObjectInfo, ObjectKey, ObjectPrefix, ObjectStore, ObjectStoreError, PrefixDeletion, SignedUrl};
use bytes::Bytes;
use chrono::DateTime;
use moka::future::Cache as MokaCache;

/// An object store that remembers the URLs it signed for reading.
///
/// A list that is read again shows the same URLs, so that a browser finds the pictures it has already. A URL is given out again while at
/// least half of its life is left (of the usual hour, half an hour; checklist CW1 allows 50 minutes of caching). The key names the owner.
/// A write or a deletion of the object forgets its URLs. With a shared cache behind it, every process shows the same URLs; what is in there
/// is gone after half an hour at the latest.
#[derive(Clone)]
pub struct SignedUrlCache {
    objects: Arc<dyn ObjectStore>,
    clock: Arc<dyn Clock>,
    /// For each object the URL signed last, and for how long it was signed.
    urls: MokaCache<ObjectKey, (Duration, SignedUrl)>,
    shared: Option<Arc<dyn Cache>>,
}

impl SignedUrlCache {
    /// How many URLs are remembered at most, some ten megabytes.
    const CAPACITY: u64 = 50_000;

    /// Over this store.
    pub fn new(objects: Arc<dyn ObjectStore>, clock: Arc<dyn Clock>, shared: Option<Arc<dyn Cache>>) -> Self {
        // What nobody asks for goes after an hour; how long a URL may be given out is decided by the clock.
        let urls =
            MokaCache::builder().max_capacity(Self::CAPACITY).time_to_live(Duration::from_secs(3_600)).support_invalidation_closures();
        Self { objects, clock, urls: urls.build(), shared }
    }

    async fn remembered(&self, key: &ObjectKey, expires_in: Duration) -> Option<SignedUrl> {
        if let Some((signed_for, url)) = self.urls.get(key).await
            && signed_for == expires_in
            && self.is_fresh(&url, expires_in)
        {
            return Some(url);
        }
        let text = self.shared.as_ref()?.get(&shared_key(key, expires_in)).await?;
        let (expires_at, url) = text.split_once(' ')?;
        let url = SignedUrl { url: url.to_owned(), expires_at: DateTime::from_timestamp_millis(expires_at.parse().ok()?)? };
        if !self.is_fresh(&url, expires_in) {
            return None;
        }
        self.urls.insert(key.clone(), (expires_in, url.clone())).await;
        Some(url)
    }

    fn is_fresh(&self, url: &SignedUrl, expires_in: Duration) -> bool {
        self.clock.now() + expires_in / 2 <= url.expires_at
    }

    async fn remember(&self, key: &ObjectKey, expires_in: Duration, url: &SignedUrl) {
        self.urls.insert(key.clone(), (expires_in, url.clone())).await;
        if let Some(shared) = &self.shared {
            let text = format!("{} {}", url.expires_at.timestamp_millis(), url.url);
            shared.put(&shared_key(key, expires_in), &text, expires_in / 2).await;
        }
    }

    /// Forgets the object's URLs, those of the usual life in the shared cache too.
    async fn forget(&self, key: &ObjectKey) {
        if let Some((signed_for, _)) = self.urls.remove(key).await
            && let Some(shared) = &self.shared
        {
            shared.forget(&shared_key(key, signed_for)).await;
        }
    }
}

fn shared_key(key: &ObjectKey, expires_in: Duration) -> String {
    format!("url:{}:{key}", expires_in.as_secs())
}

#[async_trait::async_trait]
impl ObjectStore for SignedUrlCache {
    async fn put(&self, key: &ObjectKey, body: Bytes, content_type: &str) -> Result<(), ObjectStoreError> {
        self.objects.put(key, body, content_type).await?;
        self.forget(key).await;
        Ok(())
    }

    async fn get(&self, key: &ObjectKey) -> Result<Bytes, ObjectStoreError> {
        self.objects.get(key).await
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectInfo>, ObjectStoreError> {
        self.objects.head(key).await
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectStoreError> {
        self.forget(key).await;
        self.objects.delete(key).await
    }

    async fn delete_prefix(&self, prefix: &ObjectPrefix) -> Result<PrefixDeletion, ObjectStoreError> {
        let folder = prefix.as_str().to_owned();
        // Fails only without support for closures, which is asked for above.
        let _registered = self.urls.invalidate_entries_if(move |key, _| key.as_str().starts_with(&folder)).is_ok();
        self.objects.delete_prefix(prefix).await
    }

    async fn list(&self, prefix: &ObjectPrefix, after: Option<ObjectKey>, limit: usize) -> Result<Vec<ObjectInfo>, ObjectStoreError> {
        self.objects.list(prefix, after, limit).await
    }

    async fn presign_get(&self, key: &ObjectKey, expires_in: Duration) -> Result<SignedUrl, ObjectStoreError> {
        if let Some(url) = self.remembered(key, expires_in).await {
            return Ok(url);
        }
        let url = self.objects.presign_get(key, expires_in).await?;
        self.remember(key, expires_in, &url).await;
        Ok(url)
    }

    async fn presign_put(
        &self,
        key: &ObjectKey,
        content_type: &str,
        size: u64,
        expires_in: Duration,
    ) -> Result<SignedUrl, ObjectStoreError> {
        self.objects.presign_put(key, content_type, size, expires_in).await
    }
}
