//! Deleting a prefix so that nothing of it is left: versions, delete markers and unfinished uploads too (checklist W196–W197, CW26).

use std::collections::HashSet;

use atelier_domain::kernel::{ObjectPrefix, PrefixDeletion};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use crate::S3ObjectStore;
use crate::fault::{Fault, Kind};
use crate::inventory::{Cursor, StoredVersion};
use crate::store::PAGE;
use crate::telemetry::delete_failed;

/// How often a prefix is gone through, as long as something new turns up under it.
const ROUNDS: usize = 5;

impl S3ObjectStore {
    /// Deletes everything under a prefix. `deleted` counts objects that readers saw; `failed` holds versions and markers too.
    pub(crate) async fn erase(&self, prefix: &ObjectPrefix) -> Result<PrefixDeletion, Fault> {
        let mut progress = Progress::default();
        self.abort_uploads(prefix, &mut progress).await?;
        for _ in 0..ROUNDS {
            let (before, mut cursor) = (progress.done, Some(Cursor::Start));
            while let Some(from) = cursor {
                let (page, next) = self.version_page(Some(prefix.as_str()), from).await?;
                self.delete_batch(page, &mut progress).await?;
                cursor = next;
            }
            // A write that was under way may have come in since its name was passed.
            if progress.done == before {
                break;
            }
        }
        Ok(progress.deletion)
    }

    /// Deletes up to a page of versions. S3 answers 200 whatever happened: what went wrong stands in the answer, key by key.
    async fn delete_batch(&self, mut doomed: Vec<StoredVersion>, progress: &mut Progress) -> Result<(), Fault> {
        doomed.retain(|one| !progress.is_refused(one));
        if doomed.is_empty() {
            return Ok(());
        }
        let mut delete = Delete::builder().quiet(true);
        for one in &doomed {
            let id = ObjectIdentifier::builder().key(&one.key).set_version_id(one.version_id.clone()).build();
            delete = delete.objects(id.map_err(|error| Fault::new(Kind::Other, error.to_string()))?);
        }
        let delete = delete.build().map_err(|error| Fault::new(Kind::Other, error.to_string()))?;
        let answer = self.client.delete_objects().bucket(self.bucket()).delete(delete).send().await?;
        for error in answer.errors() {
            let (Some(key), code) = (error.key(), error.code().unwrap_or("unknown error")) else { continue };
            if code == "NoSuchKey" || code == "NoSuchVersion" {
                continue;
            }
            let cause = error.message().map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"));
            progress.refuse(key, error.version_id(), cause);
        }
        for one in doomed {
            if !progress.is_refused(&one) {
                progress.done += 1;
                progress.deletion.deleted += u64::from(one.is_visible());
            }
        }
        Ok(())
    }

    /// Drops the parts of unfinished uploads, which are a person's bytes as well.
    async fn abort_uploads(&self, prefix: &ObjectPrefix, progress: &mut Progress) -> Result<(), Fault> {
        let (mut key_marker, mut upload_marker) = (None, None);
        loop {
            let request = self.client.list_multipart_uploads().bucket(self.bucket()).prefix(prefix.as_str()).max_uploads(PAGE);
            let page = match request.set_key_marker(key_marker).set_upload_id_marker(upload_marker).send().await.map_err(Fault::from) {
                Err(fault) if fault.is_not_implemented() => return Ok(()),
                page => page?,
            };
            for upload in page.uploads() {
                let (Some(key), Some(id)) = (upload.key(), upload.upload_id()) else { continue };
                let abort = self.client.abort_multipart_upload().bucket(self.bucket()).key(key).upload_id(id).send();
                match abort.await.map_err(Fault::from) {
                    Ok(_) => {}
                    Err(fault) if fault.kind == Kind::Missing || fault.code.as_deref() == Some("NoSuchUpload") => {}
                    Err(fault) if fault.is_answer() => progress.refuse(key, Some(id), fault.to_string()),
                    Err(fault) => return Err(fault),
                }
            }
            (key_marker, upload_marker) = (page.next_key_marker, page.next_upload_id_marker);
            if page.is_truncated != Some(true) || key_marker.is_none() {
                return Ok(());
            }
        }
    }
}

#[derive(Default)]
struct Progress {
    deletion: PrefixDeletion,
    /// Versions and markers deleted.
    done: usize,
    /// What the server would not delete; asked once.
    refused: HashSet<(String, Option<String>)>,
}

impl Progress {
    fn refuse(&mut self, key: &str, version: Option<&str>, cause: String) {
        delete_failed(key, &cause);
        self.deletion.failed.push((key.to_owned(), cause));
        self.refused.insert((key.to_owned(), version.map(str::to_owned)));
    }

    /// Not every server tells the version that an error is about: then it is about all of the key.
    fn is_refused(&self, one: &StoredVersion) -> bool {
        [one.version_id.clone(), None].into_iter().any(|version| self.refused.contains(&(one.key.clone(), version)))
    }
}
