//! Use cases of the body: `put` creates or replaces, `change` is for what is there, `photo` for the files.

mod change;
mod photo;
mod put;

use std::sync::Arc;

use crate::identity::Actor;
use crate::kernel::{Clock, IdGenerator, ImageProcessor, ObjectStore};
use crate::wearit::WearitStore;
use crate::wearit::quotas::QuotaLimits;
use crate::wearit::uploads::UploadService;

use super::{Body, BodyError, PhotoExaminer};

/// The body's use cases. A person has one body (W48, CW3); every use case works on the caller's.
#[derive(Clone)]
pub struct BodyService {
    store: Arc<dyn WearitStore>,
    objects: Arc<dyn ObjectStore>,
    images: Arc<dyn ImageProcessor>,
    examiner: Option<Arc<dyn PhotoExaminer>>,
    uploads: UploadService,
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
    quotas: QuotaLimits,
}

impl BodyService {
    /// The service over its ports. Without an examiner, photos are stored without findings.
    pub fn new(
        store: Arc<dyn WearitStore>,
        objects: Arc<dyn ObjectStore>,
        images: Arc<dyn ImageProcessor>,
        examiner: Option<Arc<dyn PhotoExaminer>>,
        uploads: UploadService,
        ids: Arc<dyn IdGenerator>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, objects, images, examiner, uploads, ids, clock, quotas: QuotaLimits::default() }
    }

    /// With limits on what a person may store.
    #[must_use]
    pub fn with_quotas(self, quotas: QuotaLimits) -> Self {
        Self { quotas, ..self }
    }

    /// The caller's body.
    ///
    /// # Errors
    /// [`BodyError::NotFound`] when there is none.
    #[tracing::instrument(name = "wearit.body.get", skip_all, fields(user_id = %actor.user_id))]
    pub async fn get(&self, actor: Actor) -> Result<Body, BodyError> {
        self.store.bodies().find(actor.user_id).await?.ok_or(BodyError::NotFound)
    }
}
