//! The three files of a garment.

use crate::kernel::{ClothingId, DeleteObjects, ObjectKey, ObjectPrefix, ObjectStoreError, ProcessedImage, UserId};

use super::WardrobeService;

const JPEG: &str = "image/jpeg";

/// What the engine reads, the thumbnail, and the picture shown.
fn keys(user_id: UserId, id: ClothingId) -> [ObjectKey; 3] {
    [ObjectKey::clothing_source(user_id, id), ObjectKey::clothing_thumbnail(user_id, id), ObjectKey::clothing(user_id, id)]
}

/// Every file of a garment, those of the other key scheme included (CW2).
pub(super) fn deletion(user_id: UserId, id: ClothingId) -> DeleteObjects {
    let deletion = DeleteObjects::keys(keys(user_id, id));
    match ObjectPrefix::parse(&format!("clothing/{user_id}/{id}/")) {
        Ok(folder) => deletion.and_prefix(&folder),
        Err(_) => deletion,
    }
}

/// How much the three files take.
pub(super) fn bytes(image: &ProcessedImage) -> u64 {
    (image.source.len() + image.thumbnail.len() + image.display.len()) as u64
}

impl WardrobeService {
    /// Writes the renditions; only resized, stripped pictures are ever stored (W198, CW27).
    pub(super) async fn write_pictures(&self, user_id: UserId, id: ClothingId, image: &ProcessedImage) -> Result<(), ObjectStoreError> {
        let [source, thumbnail, display] = keys(user_id, id);
        self.objects.put(&source, image.source.clone(), JPEG).await?;
        self.objects.put(&thumbnail, image.thumbnail.clone(), JPEG).await?;
        self.objects.put(&display, image.display.clone(), JPEG).await
    }

    /// Removes the files of a garment that was not stored; best effort, failures are logged by the deletion.
    pub(super) async fn discard_pictures(&self, user_id: UserId, id: ClothingId) {
        let _logged = DeleteObjects::keys(keys(user_id, id)).run(self.objects.as_ref()).await;
    }
}
