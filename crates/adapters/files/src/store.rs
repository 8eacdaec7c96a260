//! The object store port over a directory.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use atelier_domain::kernel::{
    Clock, ObjectInfo, ObjectKey, ObjectPrefix, ObjectStore, ObjectStoreError, PrefixDeletion, SecretString, SignedUrl,
};
use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore as _, ObjectStoreExt, PutPayload};

use crate::signing::{Grant, UrlSigner};
use crate::telemetry::{Measured, delete_failed};
use crate::{leftovers, location, telemetry};

/// The directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep files in {}", path.display())]
pub struct OpenError {
    /// Which directory.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// Objects as files of a directory that only this account of the machine can read (checklist W208–W209).
///
/// A write goes to a staging file, is synced to disk and renamed, so readers see the old or the new bytes, also after a crash. The content
/// type is not stored: it follows from the key's extension.
pub struct FileObjectStore {
    pub(crate) files: LocalFileSystem,
    pub(crate) signer: UrlSigner,
    pub(crate) clock: Arc<dyn Clock>,
}

impl FileObjectStore {
    /// How old a staging file must be to count as left behind by a process that is no more.
    const ABANDONED_AFTER: Duration = Duration::from_secs(3_600);

    /// Opens (and makes, where missing) the directory `root` and removes what interrupted writes left in it.
    ///
    /// URLs begin with `public_url` (may be empty: then they are relative, `/files/…`) and are signed with `signing_key`.
    ///
    /// # Errors
    /// [`OpenError`] when the directory cannot be made or read.
    pub fn open(root: &Path, public_url: &str, signing_key: &SecretString, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let failed = |source| OpenError { path: root.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(root).map_err(failed)?;
        let root = root.canonicalize().map_err(failed)?;
        let abandoned = SystemTime::from(clock.now()).checked_sub(Self::ABANDONED_AFTER);
        let removed = leftovers::remove_staging(&root, abandoned).map_err(failed)?;
        if removed > 0 {
            tracing::info!(removed, "removed files of interrupted uploads");
        }
        let files = LocalFileSystem::new_with_prefix(&root).map_err(|error| failed(io::Error::other(error)))?.with_fsync(true);
        telemetry::describe();
        Ok(Self { files, signer: UrlSigner::new(public_url, signing_key), clock })
    }

    async fn delete_one(&self, key: &ObjectKey) -> Result<(), ObjectStoreError> {
        let measured = Measured::start("delete");
        let result = match self.files.delete(&location::of(key)).await.map_err(|error| store_error(key, error)) {
            Err(ObjectStoreError::NotFound(_)) => Ok(()),
            result => result,
        };
        measured.end(&result);
        if let Err(error) = &result {
            delete_failed(key, error);
        }
        result
    }

    async fn list_page(&self, prefix: &ObjectPrefix, after: Option<&ObjectKey>, limit: usize) -> Result<Vec<ObjectInfo>, ObjectStoreError> {
        // A directory answers in no order: the first `limit` keys are kept while walking.
        let mut first = BTreeMap::new();
        let mut found = self.files.list(Some(&location::of_prefix(prefix)));
        while let Some(meta) = found.try_next().await.map_err(|error| ObjectStoreError::Other(error.into()))? {
            let Some(key) = location::key_at(&meta.location) else { continue };
            if after.is_some_and(|after| key <= *after) {
                continue;
            }
            first.insert(key.clone(), ObjectInfo { key, size: meta.size, modified_at: meta.last_modified });
            if first.len() > limit {
                first.pop_last();
            }
        }
        Ok(first.into_values().collect())
    }

    async fn clear_folder(&self, prefix: &ObjectPrefix) -> Result<(), ObjectStoreError> {
        let failed = |error: io::Error| ObjectStoreError::Other(error.into());
        let folder = self.files.path_to_filesystem(&location::of_prefix(prefix)).map_err(|error| failed(io::Error::other(error)))?;
        let cleared = tokio::task::spawn_blocking(move || {
            leftovers::remove_staging(&folder, None)?;
            leftovers::remove_empty_folders(&folder);
            Ok(())
        });
        cleared.await.map_err(|panicked| failed(panicked.into()))?.map_err(failed)
    }
}

#[async_trait::async_trait]
impl ObjectStore for FileObjectStore {
    async fn put(&self, key: &ObjectKey, body: Bytes, _content_type: &str) -> Result<(), ObjectStoreError> {
        let (measured, size) = (Measured::start("put"), body.len() as u64);
        let result = self.files.put(&location::of(key), PutPayload::from(body)).await;
        let result = result.map(|_| ()).map_err(|error| store_error(key, error));
        measured.end_upload(key, size, &result);
        result
    }

    async fn get(&self, key: &ObjectKey) -> Result<Bytes, ObjectStoreError> {
        let measured = Measured::start("get");
        let result = async { self.files.get(&location::of(key)).await?.bytes().await }.await.map_err(|error| store_error(key, error));
        measured.end(&result);
        if let Ok(body) = &result {
            measured.bytes(body.len() as u64);
        }
        result
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectInfo>, ObjectStoreError> {
        let measured = Measured::start("head");
        let result = match self.files.head(&location::of(key)).await.map_err(|error| store_error(key, error)) {
            Ok(meta) => Ok(Some(ObjectInfo { key: key.clone(), size: meta.size, modified_at: meta.last_modified })),
            Err(ObjectStoreError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        };
        measured.end(&result);
        result
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectStoreError> {
        self.delete_one(key).await
    }

    async fn delete_prefix(&self, prefix: &ObjectPrefix) -> Result<PrefixDeletion, ObjectStoreError> {
        const PAGE: usize = 1_000;
        let measured = Measured::start("delete_prefix");
        let result = async {
            let mut deletion = PrefixDeletion::default();
            let mut after = None;
            loop {
                let page = self.list_page(prefix, after.as_ref(), PAGE).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.key.clone());
                for object in page {
                    match self.delete_one(&object.key).await {
                        Ok(()) => deletion.deleted += 1,
                        Err(error) => deletion.failed.push((object.key.to_string(), error.to_string())),
                    }
                }
            }
            self.clear_folder(prefix).await?;
            Ok(deletion)
        }
        .await;
        measured.end(&result);
        result
    }

    async fn list(&self, prefix: &ObjectPrefix, after: Option<ObjectKey>, limit: usize) -> Result<Vec<ObjectInfo>, ObjectStoreError> {
        let measured = Measured::start("list");
        let result = self.list_page(prefix, after.as_ref(), limit).await;
        measured.end(&result);
        result
    }

    async fn presign_get(&self, key: &ObjectKey, expires_in: Duration) -> Result<SignedUrl, ObjectStoreError> {
        Ok(self.signer.sign(key, &Grant::Read, self.clock.now(), expires_in))
    }

    async fn presign_put(
        &self,
        key: &ObjectKey,
        content_type: &str,
        size: u64,
        expires_in: Duration,
    ) -> Result<SignedUrl, ObjectStoreError> {
        Ok(self.signer.sign(key, &Grant::Write { content_type: content_type.into(), size }, self.clock.now(), expires_in))
    }
}

/// An error of the library as the port's. A folder, or a path through a file, is no object. A disk that is full, or may not be written to, is
/// away, not broken: what is there can be read, and it may be mended.
pub(crate) fn store_error(key: &ObjectKey, error: object_store::Error) -> ObjectStoreError {
    use io::ErrorKind as K;
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(link) = cause {
        match link.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::NotADirectory) => return ObjectStoreError::NotFound(key.clone()),
            Some(kind @ (K::StorageFull | K::QuotaExceeded | K::ReadOnlyFilesystem | K::PermissionDenied)) => {
                return ObjectStoreError::Unavailable(io::Error::new(kind, error).into());
            }
            _ => {}
        }
        cause = link.source();
    }
    match error {
        object_store::Error::NotFound { .. } => ObjectStoreError::NotFound(key.clone()),
        error => ObjectStoreError::Other(error.into()),
    }
}
