//! What the HTTP surface is told by the operator.

use std::net::IpAddr;
use std::time::Duration;

use crate::dataservice::Deprecations;

/// Requests per minute.
#[derive(Debug, Clone, Copy)]
pub struct RateLimits {
    /// Of one account.
    pub per_account: u32,
    /// Of one address without a good token.
    pub per_address: u32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { per_account: 300, per_address: 100 }
    }
}

/// The products that are served; accounts always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Products {
    /// WearIT: virtual try-on.
    pub wearit: bool,
    /// Prompt Challenge.
    pub challenge: bool,
    /// The Core Database Service.
    pub data: bool,
}

impl Products {
    /// Every product there is.
    pub const ALL: Self = Self { wearit: true, challenge: true, data: true };

    /// Whether the Core Database Service is the only one.
    pub fn is_data_alone(self) -> bool {
        self.data && !self.wearit && !self.challenge
    }
}

/// Settings of the HTTP surface.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Whose routes are served: the others' answer 404, though the OpenAPI document has them.
    pub products: Products,
    /// The version of the consent to the processing of photos that is asked for, told to the pages; `None`: none is.
    pub consent_version: Option<String>,
    /// Routes of the Core Database Service that are on their way out.
    pub deprecations: Deprecations,
    /// Origins that may call from a browser; empty: none but our own.
    pub cors_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Requests per minute.
    pub rate_limits: RateLimits,
    /// Longest a request may take, live connections excepted.
    pub request_timeout: Duration,
    /// Longest wait for requests in flight at shutdown.
    pub drain_timeout: Duration,
    /// The version shown by `/health` and the OpenAPI document.
    pub version: String,
    /// Worker threads; `None`: one per core.
    pub threads: Option<usize>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            products: Products::ALL,
            consent_version: None,
            deprecations: Deprecations::default(),
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            rate_limits: RateLimits::default(),
            request_timeout: Duration::from_secs(60),
            drain_timeout: Duration::from_secs(25),
            version: "0.0.0".to_owned(),
            threads: None,
        }
    }
}
