//! What is stored, version by version: for proofs of erasure, backup inventories and gauges (checklist W218, W227, CW26).

use atelier_domain::kernel::{ObjectPrefix, ObjectStoreError, Timestamp};
use futures_util::stream::{self, Stream, TryStreamExt};

use crate::S3ObjectStore;
use crate::fault::{Fault, Kind};
use crate::store::{PAGE, modified_at, size};
use crate::telemetry;

/// One version of an object, or a delete marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVersion {
    /// The object's key as the bucket has it, which need not be one that this service writes.
    pub key: String,
    /// The version's id; `null`, or none, where the bucket keeps no versions.
    pub version_id: Option<String>,
    /// Its size in bytes; 0 for a delete marker.
    pub size: u64,
    /// Its entity tag, quotes included: the MD5 of an object written in one request to an unencrypted bucket.
    pub etag: Option<String>,
    /// When it was written.
    pub modified_at: Timestamp,
    /// Whether it is the newest of its key.
    pub latest: bool,
    /// Whether it only says that the object was deleted.
    pub delete_marker: bool,
}

impl StoredVersion {
    /// Whether readers see it: the newest version, and no delete marker.
    pub fn is_visible(&self) -> bool {
        self.latest && !self.delete_marker
    }
}

/// What a prefix adds up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Objects that readers see.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Versions that were replaced or deleted.
    pub old_versions: u64,
    /// Their bytes.
    pub old_bytes: u64,
    /// Delete markers.
    pub delete_markers: u64,
}

impl Totals {
    fn add(&mut self, version: &StoredVersion) {
        if version.delete_marker {
            self.delete_markers += 1;
        } else if version.latest {
            self.objects += 1;
            self.bytes += version.size;
        } else {
            self.old_versions += 1;
            self.old_bytes += version.size;
        }
    }
}

/// Where a listing of versions goes on.
#[derive(Debug, Clone)]
pub(crate) enum Cursor {
    Start,
    Versions { key: String, version: Option<String> },
    Objects { token: String },
}

impl S3ObjectStore {
    /// Every version and delete marker under a prefix, or in the whole bucket, page by page as they are asked for. Keys come in the
    /// server's order. An empty stream proves that nothing is left.
    ///
    /// # Errors
    /// The stream ends with the first [`ObjectStoreError`].
    pub fn versions(&self, prefix: Option<&ObjectPrefix>) -> impl Stream<Item = Result<StoredVersion, ObjectStoreError>> + Send {
        let prefix = prefix.map(|prefix| prefix.as_str().to_owned());
        let pages = stream::try_unfold(Some(Cursor::Start), move |cursor| {
            let prefix = prefix.clone();
            async move {
                let Some(cursor) = cursor else { return Ok(None) };
                let page = self.ask("versions", self.version_page(prefix.as_deref(), cursor)).await;
                let (found, next) = page.map_err(|fault| fault.into_port("Failed to list versions", None))?;
                Ok(Some((stream::iter(found.into_iter().map(Ok)), next)))
            }
        });
        pages.try_flatten()
    }

    /// Adds up a prefix, or the whole bucket, and shows the result in the gauges `atelier_storage_used_bytes` and
    /// `atelier_storage_objects`. Lists everything, so it is for a schedule and not for a request.
    ///
    /// # Errors
    /// [`ObjectStoreError`] when a listing fails.
    pub async fn totals(&self, prefix: Option<&ObjectPrefix>) -> Result<Totals, ObjectStoreError> {
        let mut totals = Totals::default();
        let mut versions = std::pin::pin!(self.versions(prefix));
        while let Some(version) = versions.try_next().await? {
            totals.add(&version);
        }
        telemetry::used(prefix.map_or("", ObjectPrefix::as_str), totals.objects, totals.bytes + totals.old_bytes);
        Ok(totals)
    }

    /// Up to 1 000 versions and delete markers, and where to go on. A server that knows no versions is asked for its objects.
    pub(crate) async fn version_page(&self, prefix: Option<&str>, cursor: Cursor) -> Result<(Vec<StoredVersion>, Option<Cursor>), Fault> {
        let (key_marker, version_marker) = match cursor {
            Cursor::Objects { token } => return self.object_page(prefix, Some(token)).await,
            Cursor::Versions { key, version } => (Some(key), version),
            Cursor::Start => (None, None),
        };
        let request = self.client.list_object_versions().bucket(self.bucket()).max_keys(PAGE).set_prefix(prefix.map(str::to_owned));
        let request = request.set_key_marker(key_marker).set_version_id_marker(version_marker);
        let page = match request.send().await.map_err(Fault::from) {
            Err(fault) if fault.is_not_implemented() => return self.object_page(prefix, None).await,
            page => page?,
        };
        let versions = page.versions().iter().filter_map(|found| {
            Some(StoredVersion {
                key: found.key()?.to_owned(),
                version_id: found.version_id().map(str::to_owned),
                size: size(found.size()),
                etag: found.e_tag().map(str::to_owned),
                modified_at: modified_at(found.last_modified()),
                latest: found.is_latest() != Some(false),
                delete_marker: false,
            })
        });
        let markers = page.delete_markers().iter().filter_map(|found| {
            Some(StoredVersion {
                key: found.key()?.to_owned(),
                version_id: found.version_id().map(str::to_owned),
                size: 0,
                etag: None,
                modified_at: modified_at(found.last_modified()),
                latest: found.is_latest() != Some(false),
                delete_marker: true,
            })
        });
        let found = versions.chain(markers).collect();
        if page.is_truncated != Some(true) {
            return Ok((found, None));
        }
        let key = page.next_key_marker.ok_or_else(|| Fault::new(Kind::Other, "a listing of versions goes on nowhere"))?;
        Ok((found, Some(Cursor::Versions { key, version: page.next_version_id_marker })))
    }

    async fn object_page(&self, prefix: Option<&str>, token: Option<String>) -> Result<(Vec<StoredVersion>, Option<Cursor>), Fault> {
        let request = self.client.list_objects_v2().bucket(self.bucket()).max_keys(PAGE).set_prefix(prefix.map(str::to_owned));
        let page = request.set_continuation_token(token).send().await?;
        let objects = page.contents().iter().filter_map(|found| {
            Some(StoredVersion {
                key: found.key()?.to_owned(),
                version_id: None,
                size: size(found.size()),
                etag: found.e_tag().map(str::to_owned),
                modified_at: modified_at(found.last_modified()),
                latest: true,
                delete_marker: false,
            })
        });
        let found = objects.collect();
        let token = page.next_continuation_token.filter(|_| page.is_truncated == Some(true));
        Ok((found, token.map(|token| Cursor::Objects { token })))
    }
}
