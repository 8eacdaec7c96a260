//! One's own account: profile, avatar, and everything held on oneself.

pub(super) mod avatar;
pub(super) mod personal_data;
pub(super) mod profile;
mod quotas;
