//! Use cases of the wardrobe: `add` and its undoing, `change` for what is there, `pictures` for the files.

mod add;
mod change;
mod pictures;

use std::sync::Arc;

use crate::identity::Actor;
use crate::kernel::{Clock, ClothingId, IdGenerator, ImageProcessor, ObjectStore, Page, Paged};
use crate::wearit::WearitStore;
use crate::wearit::quotas::QuotaLimits;
use crate::wearit::sizing::{SizeHint, size_hints};
use crate::wearit::uploads::UploadService;

use super::{CategoryStats, Clothing, ClothingFilter, ClothingSort, WardrobeError};

/// The wardrobe's use cases. Every one works on the caller's own garments only: another person's are not found.
#[derive(Clone)]
pub struct WardrobeService {
    store: Arc<dyn WearitStore>,
    objects: Arc<dyn ObjectStore>,
    images: Arc<dyn ImageProcessor>,
    uploads: UploadService,
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
    quotas: QuotaLimits,
}

impl WardrobeService {
    /// The service over its ports.
    pub fn new(
        store: Arc<dyn WearitStore>,
        objects: Arc<dyn ObjectStore>,
        images: Arc<dyn ImageProcessor>,
        uploads: UploadService,
        ids: Arc<dyn IdGenerator>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, objects, images, uploads, ids, clock, quotas: QuotaLimits::default() }
    }

    /// With limits on what a person may store.
    #[must_use]
    pub fn with_quotas(self, quotas: QuotaLimits) -> Self {
        Self { quotas, ..self }
    }

    /// A page of the caller's garments (W77–W81).
    ///
    /// # Errors
    /// [`WardrobeError::Invalid`] when the cursor is of another order.
    #[tracing::instrument(name = "wearit.wardrobe.list", skip_all, fields(user_id = %actor.user_id))]
    pub async fn list(&self, actor: Actor, filter: &ClothingFilter, page: &Page) -> Result<Paged<Clothing>, WardrobeError> {
        if filter.sort != ClothingSort::Name {
            page.check_sorted_by_time()?;
        }
        Ok(self.store.clothing().list(actor.user_id, filter, page).await?)
    }

    /// One garment of the caller (W82).
    ///
    /// # Errors
    /// [`WardrobeError::NotFound`] when the caller has no such garment.
    #[tracing::instrument(name = "wearit.wardrobe.get", skip_all, fields(user_id = %actor.user_id, clothing_id = %id))]
    pub async fn get(&self, actor: Actor, id: ClothingId) -> Result<Clothing, WardrobeError> {
        self.store.clothing().find(actor.user_id, id).await?.ok_or(WardrobeError::NotFound)
    }

    /// Which size of a garment would fit the caller, as far as the caller's measurements tell.
    ///
    /// # Errors
    /// The store's.
    #[tracing::instrument(name = "wearit.wardrobe.size_hints", skip_all, fields(user_id = %actor.user_id, clothing_id = %clothing.id))]
    pub async fn size_hints(&self, actor: Actor, clothing: &Clothing) -> Result<Vec<SizeHint>, WardrobeError> {
        let Some(body) = self.store.bodies().find(actor.user_id).await? else { return Ok(Vec::new()) };
        Ok(size_hints(clothing.size_chart.as_ref(), clothing.category, &body.measurements))
    }

    /// The caller's garments by category, fullest first (W97, CW10).
    ///
    /// # Errors
    /// The store's.
    #[tracing::instrument(name = "wearit.wardrobe.stats", skip_all, fields(user_id = %actor.user_id))]
    pub async fn stats(&self, actor: Actor) -> Result<Vec<CategoryStats>, WardrobeError> {
        Ok(self.store.clothing().stats(actor.user_id).await?)
    }
}
