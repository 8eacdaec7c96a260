//! Signed links to a person's pictures, made when they are read and never stored (checklist CW1, W187).

use std::sync::Arc;
use std::time::Duration;

use crate::kernel::{ObjectKey, ObjectStore, ObjectStoreError};

use super::body::Body;
use super::tryon::{TryOn, TryOnStatus};
use super::wardrobe::Clothing;

/// Links to a picture and its thumbnail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureLinks {
    /// The picture.
    pub image_url: String,
    /// Its thumbnail.
    pub thumbnail_url: String,
}

/// Makes links to the pictures of entities.
#[derive(Clone)]
pub struct Links {
    objects: Arc<dyn ObjectStore>,
}

impl Links {
    /// How long a link works: 3600 s.
    pub const LIFETIME: Duration = Duration::from_secs(3600);

    /// Links to the objects of `objects`.
    pub fn new(objects: Arc<dyn ObjectStore>) -> Self {
        Self { objects }
    }

    /// The garment's picture.
    ///
    /// # Errors
    /// The object store's.
    pub async fn clothing(&self, clothing: &Clothing) -> Result<PictureLinks, ObjectStoreError> {
        Ok(PictureLinks {
            image_url: self.link(&ObjectKey::clothing(clothing.user_id, clothing.id)).await?,
            thumbnail_url: self.link(&ObjectKey::clothing_thumbnail(clothing.user_id, clothing.id)).await?,
        })
    }

    /// The body's photo, when there is one.
    ///
    /// # Errors
    /// The object store's.
    pub async fn body(&self, body: &Body) -> Result<Option<String>, ObjectStoreError> {
        if !body.has_photo {
            return Ok(None);
        }
        self.link(&ObjectKey::body(body.user_id, body.id)).await.map(Some)
    }

    /// The try-on's result, when it is completed.
    ///
    /// # Errors
    /// The object store's.
    pub async fn tryon(&self, tryon: &TryOn) -> Result<Option<PictureLinks>, ObjectStoreError> {
        if tryon.status != TryOnStatus::Completed {
            return Ok(None);
        }
        Ok(Some(PictureLinks {
            image_url: self.link(&ObjectKey::tryon(tryon.user_id, tryon.id)).await?,
            thumbnail_url: self.link(&ObjectKey::tryon_thumbnail(tryon.user_id, tryon.id)).await?,
        }))
    }

    /// Any object.
    ///
    /// # Errors
    /// The object store's.
    pub async fn link(&self, key: &ObjectKey) -> Result<String, ObjectStoreError> {
        Ok(self.objects.presign_get(key, Self::LIFETIME).await?.url)
    }
}
