//! The objects of the bucket, as the inventory of a backup lists them.

use std::pin::pin;

use async_trait::async_trait;
use atelier_adapter_s3::S3ObjectStore;
use atelier_backup::{BackupError, ListedObject, Listing, ObjectLister};
use futures_util::TryStreamExt;

/// Lists a bucket.
pub(super) struct BucketLister(pub(super) S3ObjectStore);

#[async_trait]
impl ObjectLister for BucketLister {
    async fn list(&self, into: &mut Listing) -> Result<(), BackupError> {
        let mut versions = pin!(self.0.versions(None));
        while let Some(found) = versions.try_next().await.map_err(BackupError::store("listing the bucket"))? {
            if found.is_visible() {
                into.add(&ListedObject { key: found.key, bytes: found.size, etag: found.etag, version: found.version_id })?;
            }
        }
        Ok(())
    }
}
