//! Use cases of direct uploads.

use std::sync::Arc;
use std::time::Duration;

use crate::identity::Actor;
use crate::kernel::{
    Clock, DeleteObjects, IdGenerator, Idempotency, IdempotentRequest, ImageInput, Invalid, NewJob, ObjectStore, SignedUrl, UploadId,
    retry_on_contention,
};
use crate::wearit::{WearitStore, WearitUnitOfWork};

use super::{ImageSource, OpenedImage, Upload, UploadError, UploadType};

/// What a client announces before it puts a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateUpload {
    /// `image/jpeg`, `image/png` or `image/webp`.
    pub content_type: String,
    /// The file's size in bytes, 1 to [`Upload::MAX_BYTES`].
    pub size: u64,
}

/// An upload and the URL to put the file to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadTicket {
    /// The upload.
    pub upload: Upload,
    /// The URL; takes exactly the announced content type and size.
    pub put: SignedUrl,
}

/// Direct uploads: announced, put by the client to the object store, then named in place of an image, once.
#[derive(Clone)]
pub struct UploadService {
    store: Arc<dyn WearitStore>,
    objects: Arc<dyn ObjectStore>,
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
}

impl UploadService {
    /// The service over its ports.
    pub fn new(store: Arc<dyn WearitStore>, objects: Arc<dyn ObjectStore>, ids: Arc<dyn IdGenerator>, clock: Arc<dyn Clock>) -> Self {
        Self { store, objects, ids, clock }
    }

    /// Announces an upload and signs the URL for it. A repeat with the same key answers the same upload with a URL signed anew.
    ///
    /// # Errors
    /// [`UploadError::Invalid`] with every field at fault; [`UploadError::NotFound`] when the key's upload is used up or expired.
    #[tracing::instrument(name = "wearit.uploads.create", skip_all, fields(user_id = %actor.user_id))]
    pub async fn create(
        &self,
        actor: Actor,
        command: CreateUpload,
        request: Option<&IdempotentRequest>,
    ) -> Result<UploadTicket, UploadError> {
        let content_type = Self::check(&command)?;
        let now = self.clock.now();
        let upload = Upload {
            id: self.ids.generate(),
            user_id: actor.user_id,
            content_type,
            size: command.size,
            created_at: now,
            expires_at: now + Upload::LIFETIME,
        };
        let idempotency = Idempotency { operation: "wearit.uploads.create", user_id: actor.user_id, request, now };
        let upload = retry_on_contention(|| self.insert(&upload, idempotency), UploadError::store).await?;
        let valid_for = (upload.expires_at - now).to_std().unwrap_or(Duration::ZERO);
        if valid_for < Duration::from_secs(1) {
            return Err(UploadError::NotFound);
        }
        let put = self.objects.presign_put(&upload.key(), upload.content_type.as_str(), upload.size, valid_for).await?;
        Ok(UploadTicket { upload, put })
    }

    fn check(command: &CreateUpload) -> Result<UploadType, Invalid> {
        let content_type = UploadType::parse(&command.content_type);
        let size = if (1..=Upload::MAX_BYTES).contains(&command.size) {
            Ok(())
        } else {
            Err(Invalid::field("size", format!("must be 1 to {} bytes", Upload::MAX_BYTES)))
        };
        match (content_type, size) {
            (Ok(content_type), Ok(())) => Ok(content_type),
            (content_type, size) => Err(Invalid([content_type.err(), size.err()].into_iter().flatten().flat_map(|e| e.0).collect())),
        }
    }

    async fn insert(&self, upload: &Upload, idempotency: Idempotency<'_>) -> Result<Upload, UploadError> {
        let mut uow = self.store.begin().await?;
        if let Some(earlier) = idempotency.claim(uow.idempotency(), upload.id).await? {
            return uow.uploads().find(upload.user_id, earlier).await?.ok_or(UploadError::NotFound);
        }
        uow.uploads().insert(upload).await?;
        uow.commit().await?;
        Ok(upload.clone())
    }

    /// Opens the image of a request, wherever it comes from.
    ///
    /// # Errors
    /// As [`take`](UploadService::take).
    pub async fn open(&self, actor: Actor, source: ImageSource) -> Result<OpenedImage, UploadError> {
        match source {
            ImageSource::File(path) => Ok(OpenedImage { input: ImageInput::File(path), upload: None }),
            ImageSource::Upload(id) => self.take(actor, id).await,
        }
    }

    /// Reads an upload's bytes. It is used up only by [`spend`](UploadService::spend), so that a request that fails can be sent again.
    ///
    /// # Errors
    /// [`UploadError::UploadNotReady`] when there is no such upload of the caller, when it expired, or when no file was put;
    /// [`UploadError::Invalid`] when the file is larger than [`Upload::MAX_BYTES`].
    #[tracing::instrument(name = "wearit.uploads.take", skip_all, fields(user_id = %actor.user_id, upload_id = %id))]
    pub async fn take(&self, actor: Actor, id: UploadId) -> Result<OpenedImage, UploadError> {
        let upload = self.store.begin().await?.uploads().find(actor.user_id, id).await?.ok_or(UploadError::UploadNotReady)?;
        if self.clock.now() >= upload.expires_at {
            return Err(UploadError::UploadNotReady);
        }
        let key = upload.key();
        let info = self.objects.head(&key).await?.ok_or(UploadError::UploadNotReady)?;
        if info.size > Upload::MAX_BYTES {
            return Err(Invalid::field("upload_id", format!("the file put has more than {} bytes", Upload::MAX_BYTES)).into());
        }
        let bytes = self.objects.get(&key).await?;
        Ok(OpenedImage { input: ImageInput::Bytes(bytes), upload: Some(upload) })
    }

    /// Uses the upload of an opened image up, in the unit of work that stores what was made of it: the row goes at once, the file by a job.
    ///
    /// # Errors
    /// [`UploadError::UploadNotReady`] when another request used it up meanwhile.
    pub async fn spend(&self, uow: &mut dyn WearitUnitOfWork, upload: Option<&Upload>) -> Result<(), UploadError> {
        let Some(upload) = upload else { return Ok(()) };
        if !uow.uploads().delete(upload.user_id, upload.id).await? {
            return Err(UploadError::UploadNotReady);
        }
        let job = NewJob::of(self.ids.generate(), &DeleteObjects::keys([upload.key()]), self.clock.now())?.for_user(upload.user_id);
        uow.jobs().enqueue(&job).await?;
        Ok(())
    }
}
