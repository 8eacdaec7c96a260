//! The use cases of try-ons: `request` asks for one, `read` shows them, `change` cancels, asks again and deletes; `hear` takes what
//! providers tell by themselves.

mod change;
mod hear;
mod read;
mod request;

use std::sync::Arc;

use crate::kernel::{Clock, IdGenerator, JobQueue, StoreError};
use crate::wearit::WearitStore;
use crate::wearit::quotas::QuotaLimits;

use super::{ConsentCheck, ProviderChain, TryOn, TryOnError};

pub use hear::{HearError, Hearing, ProviderCallbacks};
pub use request::RequestTryOn;

/// A try-on as its owner sees it. When completed, its pictures are at [`crate::kernel::ObjectKey::tryon`] and `tryon_thumbnail`.
#[derive(Debug, Clone, PartialEq)]
pub struct TryOnView {
    /// The try-on.
    pub tryon: TryOn,
    /// Whether the owner marked it as favourite.
    pub is_favorite: bool,
    /// What the owner should know: of the result, or, when it was just asked for, of the body photo.
    pub warnings: Vec<String>,
    /// Its place in the queue, from 1; only while it is pending.
    pub queue_position: Option<u64>,
}

/// The use cases of try-ons.
#[derive(Clone)]
pub struct TryOnService {
    store: Arc<dyn WearitStore>,
    queue: Arc<dyn JobQueue>,
    consent: Arc<dyn ConsentCheck>,
    providers: ProviderChain,
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
    quotas: QuotaLimits,
}

impl TryOnService {
    /// A service over these ports.
    pub fn new(
        store: Arc<dyn WearitStore>,
        queue: Arc<dyn JobQueue>,
        consent: Arc<dyn ConsentCheck>,
        providers: ProviderChain,
        ids: Arc<dyn IdGenerator>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, queue, consent, providers, ids, clock, quotas: QuotaLimits::default() }
    }

    /// With limits on what a person may ask for.
    #[must_use]
    pub fn with_quotas(self, quotas: QuotaLimits) -> Self {
        Self { quotas, ..self }
    }
}

fn store_error(error: &TryOnError) -> Option<&StoreError> {
    match error {
        TryOnError::Store(error) => Some(error),
        _ => None,
    }
}
