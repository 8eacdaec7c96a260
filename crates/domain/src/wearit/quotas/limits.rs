//! What the operator allows, by role.

use std::str::FromStr;

use crate::identity::Role;

/// The text is no limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no limit: write a whole number for everybody, or role=number, several with commas between, e.g. 50,premium=500,admin=unlimited"
)]
pub struct InvalidLimits(String);

/// A limit for each role; none means unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoleLimits([Option<u64>; Role::ALL.len()]);

impl RoleLimits {
    /// The same for everybody.
    pub fn all(limit: u64) -> Self {
        Self([Some(limit); Role::ALL.len()])
    }

    /// The limit of a role.
    pub fn of(&self, role: Role) -> Option<u64> {
        Role::ALL.into_iter().zip(self.0).find_map(|(each, limit)| (each == role).then_some(limit)).flatten()
    }

    /// The same limits in a unit `factor` times smaller.
    #[must_use]
    pub fn times(self, factor: u64) -> Self {
        Self(self.0.map(|limit| limit.map(|limit| limit.saturating_mul(factor))))
    }
}

/// `50`, `user=50,premium=500`, `50,premium=500,admin=unlimited`: what is named later wins; roles that are not named are unlimited.
impl FromStr for RoleLimits {
    type Err = InvalidLimits;
    fn from_str(text: &str) -> Result<Self, InvalidLimits> {
        let mut limits = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let wrong = || InvalidLimits(part.to_owned());
            let (role, limit) = part.split_once('=').map_or((None, part), |(role, limit)| (Some(role), limit.trim()));
            let limit = if limit == "unlimited" { None } else { Some(limit.parse().map_err(|_no_number| wrong())?) };
            let role: Option<Role> = role.map(|role| role.parse().map_err(|_no_role| wrong())).transpose()?;
            for (each, slot) in Role::ALL.into_iter().zip(&mut limits.0) {
                if role.is_none_or(|role| role == each) {
                    *slot = limit;
                }
            }
        }
        Ok(limits)
    }
}

/// Every quota.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuotaLimits {
    /// Try-ons in a day, of UTC.
    pub tryons_per_day: RoleLimits,
    /// Bytes of pictures.
    pub stored_bytes: RoleLimits,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(text: &str) -> [Option<u64>; 5] {
        let limits: RoleLimits = text.parse().unwrap_or_else(|error| panic!("{error}"));
        Role::ALL.map(|role| limits.of(role))
    }

    #[test]
    fn limits_are_read_by_role_and_the_later_wins() {
        assert_eq!(limits(""), [None; 5]);
        assert_eq!(limits("50"), [Some(50); 5]);
        assert_eq!(limits("user=0, premium = 500"), [Some(0), Some(500), None, None, None]);
        assert_eq!(limits("50,premium=500,admin=unlimited"), [Some(50), Some(500), Some(50), Some(50), None]);
        for text in ["many", "guest=1", "user=-1", "user="] {
            assert!(text.parse::<RoleLimits>().is_err(), "{text}");
        }
    }
}
