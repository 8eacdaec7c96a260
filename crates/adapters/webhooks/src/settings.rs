//! What the operator decides about targets.

use std::time::Duration;

use crate::Networks;

/// Where messages may go, and how long that may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookTargets {
    /// Networks that may be sent to although they are not public.
    pub networks: Networks,
    /// Whether `http://` is good enough.
    pub allow_http: bool,
    /// The longest an attempt may take, from looking the name up to the answer's head.
    pub timeout: Duration,
}

impl Default for WebhookTargets {
    /// HTTPS to the public internet, fifteen seconds (Standard Webhooks recommends 15 to 30).
    fn default() -> Self {
        Self { networks: Networks::default(), allow_http: false, timeout: Duration::from_secs(15) }
    }
}

/// The sender cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum WebhookSetupError {
    /// TLS cannot.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The client cannot.
    #[error("the HTTP client cannot be set up")]
    Client(#[from] reqwest::Error),
}
