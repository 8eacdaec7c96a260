//! The two files of a body.

use crate::identity::Actor;
use crate::kernel::{BodyId, DeleteObjects, ObjectKey, ObjectPrefix, ObjectStoreError, ProcessedImage, UserId};
use crate::wearit::uploads::{ImageSource, Upload};

use super::super::BodyError;
use super::BodyService;

const JPEG: &str = "image/jpeg";

/// What the engine reads, and the picture shown.
fn keys(user_id: UserId, id: BodyId) -> [ObjectKey; 2] {
    [ObjectKey::body_source(user_id, id), ObjectKey::body(user_id, id)]
}

/// Every file of a body, those of the other key scheme included (CW2).
pub(super) fn deletion(user_id: UserId, id: BodyId) -> DeleteObjects {
    let deletion = DeleteObjects::keys(keys(user_id, id));
    match ObjectPrefix::parse(&format!("body/{user_id}/{id}/")) {
        Ok(folder) => deletion.and_prefix(&folder),
        Err(_) => deletion,
    }
}

/// A photo that passed intake.
pub(super) struct Photo {
    image: ProcessedImage,
    pub(super) findings: Vec<String>,
    pub(super) upload: Option<Upload>,
}

impl Photo {
    /// How much its files take.
    pub(super) fn bytes(&self) -> u64 {
        (self.image.source.len() + self.image.display.len()) as u64
    }
}

impl BodyService {
    /// Opens, processes and examines a photo.
    pub(super) async fn take_photo(&self, actor: Actor, source: ImageSource) -> Result<Photo, BodyError> {
        let opened = self.uploads.open(actor, source).await?;
        let image = self.images.process(opened.input).await?;
        let findings = self.examine(&image).await;
        Ok(Photo { image, findings, upload: opened.upload })
    }

    async fn examine(&self, image: &ProcessedImage) -> Vec<String> {
        let Some(examiner) = &self.examiner else { return Vec::new() };
        examiner.examine(image.source.clone()).await.unwrap_or_else(|error| {
            tracing::warn!(%error, cause = std::error::Error::source(&error).map(ToString::to_string), "body photo stored unexamined");
            Vec::new()
        })
    }

    /// Writes the renditions; only resized, stripped pictures are ever stored (W198, CW27).
    pub(super) async fn write_photo(&self, user_id: UserId, id: BodyId, photo: &Photo) -> Result<(), ObjectStoreError> {
        let [source, display] = keys(user_id, id);
        self.objects.put(&source, photo.image.source.clone(), JPEG).await?;
        self.objects.put(&display, photo.image.display.clone(), JPEG).await
    }

    /// Removes the files of a body that was not stored; best effort, failures are logged by the deletion.
    pub(super) async fn discard_photo(&self, user_id: UserId, id: BodyId) {
        let _logged = DeleteObjects::keys(keys(user_id, id)).run(self.objects.as_ref()).await;
    }
}
