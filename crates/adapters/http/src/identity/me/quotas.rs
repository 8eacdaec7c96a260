//! What is left of the caller's quotas.

use atelier_domain::wearit::quotas::{Allowance, Allowances};
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::time;
use crate::identity::user::User;

/// One quota.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AllowanceDto {
    /// How much there is; null means unlimited.
    #[schema(example = 50)]
    limit: Option<u64>,
    /// How much of it is used.
    #[schema(example = 3)]
    used: u64,
    /// How much is left; null means unlimited.
    #[schema(example = 47)]
    remaining: Option<u64>,
    /// When it is counted anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-11-22T00:00:00.000Z")]
    resets_at: Option<String>,
}

impl From<Allowance> for AllowanceDto {
    fn from(Allowance { limit, used }: Allowance) -> Self {
        Self { limit, used, remaining: limit.map(|limit| limit.saturating_sub(used)), resets_at: None }
    }
}

/// Every quota.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AllowancesDto {
    /// Try-ons of today, in UTC; those that give no picture do not count.
    tryons_today: AllowanceDto,
    /// Bytes of pictures.
    storage_bytes: AllowanceDto,
}

impl From<Allowances> for AllowancesDto {
    fn from(Allowances { tryons, resets_at, storage }: Allowances) -> Self {
        Self { tryons_today: AllowanceDto { resets_at: Some(time(resets_at)), ..tryons.into() }, storage_bytes: storage.into() }
    }
}

/// The caller's account, and what is left of its quotas.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeData {
    /// The account.
    pub(super) user: User,
    /// What is left.
    pub(super) quotas: AllowancesDto,
}
