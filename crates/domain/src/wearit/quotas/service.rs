//! Telling a person what is left.

use std::sync::Arc;

use crate::identity::Actor;
use crate::kernel::{Clock, StoreError, Timestamp};
use crate::wearit::WearitStore;

use super::{QuotaLimits, Usage};

/// One quota of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// How much there is; none means unlimited.
    pub limit: Option<u64>,
    /// How much of it is used.
    pub used: u64,
}

/// Every quota of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowances {
    /// Try-ons of today.
    pub tryons: Allowance,
    /// When they are counted anew.
    pub resets_at: Timestamp,
    /// Bytes of pictures.
    pub storage: Allowance,
}

/// Tells what is left.
#[derive(Clone)]
pub struct QuotaService {
    store: Arc<dyn WearitStore>,
    limits: QuotaLimits,
    clock: Arc<dyn Clock>,
}

impl QuotaService {
    /// Over its ports, with these limits.
    pub fn new(store: Arc<dyn WearitStore>, limits: QuotaLimits, clock: Arc<dyn Clock>) -> Self {
        Self { store, limits, clock }
    }

    /// The caller's quotas and what is used of them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of(&self, actor: Actor) -> Result<Allowances, StoreError> {
        let now = self.clock.now();
        let usage = self.store.usage().usage(actor.user_id).await?.unwrap_or_else(|| Usage::none(actor.user_id, now));
        Ok(Allowances {
            tryons: Allowance { limit: self.limits.tryons_per_day.of(actor.role), used: usage.tryons_at(now) },
            resets_at: Usage::resets_at(now),
            storage: Allowance { limit: self.limits.stored_bytes.of(actor.role), used: usage.stored_bytes },
        })
    }
}
