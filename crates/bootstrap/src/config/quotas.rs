//! What people may use.

use atelier_domain::wearit::quotas::{QuotaLimits, RoleLimits};

/// Settings of quotas.
#[derive(Debug, Clone, clap::Args)]
pub struct QuotaSettings {
    /// Try-ons a person may ask for in a day (UTC), for everybody or by role, e.g. 50,premium=500,admin=unlimited; those that give no picture
    /// do not count; unset: unlimited
    #[arg(long, env = "QUOTA_TRYONS_PER_DAY", default_value = "")]
    pub quota_tryons_per_day: RoleLimits,
    /// Megabytes of pictures a person may store, for everybody or by role; unset: unlimited
    #[arg(long, env = "QUOTA_STORAGE_MB", default_value = "")]
    pub quota_storage_mb: RoleLimits,
}

impl QuotaSettings {
    /// The limits.
    pub(crate) fn limits(&self) -> QuotaLimits {
        QuotaLimits { tryons_per_day: self.quota_tryons_per_day, stored_bytes: self.quota_storage_mb.times(1_000_000) }
    }
}
