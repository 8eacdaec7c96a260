//! Quotas: how many try-ons a person may ask for in a day and how much may be stored, by role.
//!
//! `limits` is what the operator allows, `usage` what a person used, `counting` reserves and gives back within the unit of work of what is
//! counted, `service` tells a person what is left.

mod counting;
mod error;
mod limits;
mod ports;
mod service;
mod usage;

pub(super) use counting::{free, refund, reserve_space, reserve_tryon, store};
pub use error::{Quota, QuotaExceeded};
pub use limits::{InvalidLimits, QuotaLimits, RoleLimits};
pub use ports::{UsageQueries, UsageRepository};
pub use service::{Allowance, Allowances, QuotaService};
pub use usage::{StoredItem, Usage};
