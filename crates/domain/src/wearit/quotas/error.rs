//! A quota is used up.

use serde_json::{Value, json};

use crate::kernel::{ErrorKind, Timestamp};

/// Which quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// Try-ons in a day.
    TryOns,
    /// Bytes of pictures.
    Storage,
}

/// There is nothing left of a quota.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", match .quota {
    Quota::TryOns => format!("today's {limit} try-ons are used up: ask again tomorrow, in UTC"),
    Quota::Storage => format!("the {limit} bytes you may store are used up: delete garments or results first"),
})]
pub struct QuotaExceeded {
    /// Which.
    pub quota: Quota,
    /// How much there is.
    pub limit: u64,
    /// How much of it is used.
    pub used: u64,
    /// When there is more again, if waiting helps.
    pub resets_at: Option<Timestamp>,
    /// How long that is, in seconds.
    pub retry_after: Option<u64>,
}

impl QuotaExceeded {
    /// The code on the wire.
    pub const CODE: &'static str = "QUOTA_EXCEEDED";

    /// Waiting helps, or it does not.
    pub fn kind(&self) -> ErrorKind {
        match self.quota {
            Quota::TryOns => ErrorKind::RateLimited,
            Quota::Storage => ErrorKind::Forbidden,
        }
    }

    /// What a client is told besides.
    pub fn details(&self) -> Value {
        json!({
            "quota": match self.quota {
                Quota::TryOns => "tryons",
                Quota::Storage => "storage",
            },
            "limit": self.limit,
            "used": self.used,
            "resets_at": self.resets_at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)),
        })
    }
}
