//! Outgoing webhooks.

use std::num::NonZeroUsize;
use std::time::Duration;

use atelier_adapter_webhooks::{Networks, WebhookTargets};
use atelier_domain::wearit::webhooks::RetrySchedule;

/// Settings of outgoing webhooks.
#[derive(Debug, Clone, clap::Args)]
pub struct WebhookSettings {
    /// Whether endpoints may be http:// too
    #[arg(long, env = "WEBHOOK_ALLOW_HTTP", default_value_t = false, action = clap::ArgAction::Set)]
    pub webhook_allow_http: bool,
    /// Comma list of networks that may be sent to although they are private, local or reserved, e.g. 10.0.0.0/8,127.0.0.1
    #[arg(long, env = "WEBHOOK_ALLOWED_NETWORKS", default_value = "")]
    pub webhook_allowed_networks: String,
    /// Longest seconds an attempt may take
    #[arg(long, env = "WEBHOOK_TIMEOUT_SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub webhook_timeout_seconds: u32,
    /// Comma list of the waits in seconds before a message is tried again; after the last one it is given up; unset: 5 s, 5 min, 30 min, 2, 5,
    /// 10 and 14 hours
    #[arg(long, env = "WEBHOOK_RETRY_SECONDS")]
    pub webhook_retry_seconds: Option<RetrySchedule>,
    /// Messages sent at the same time by one process
    #[arg(long, env = "WEBHOOK_CONCURRENCY", default_value = "4")]
    pub webhook_concurrency: NonZeroUsize,
}

impl WebhookSettings {
    /// Where messages may go.
    pub(crate) fn targets(&self) -> WebhookTargets {
        WebhookTargets {
            // Checked with the other settings.
            networks: self.webhook_allowed_networks.parse().unwrap_or_default(),
            allow_http: self.webhook_allow_http,
            timeout: Duration::from_secs(self.webhook_timeout_seconds.into()),
        }
    }

    pub(super) fn check(&self, problems: &mut Vec<String>) {
        if let Err(error) = self.webhook_allowed_networks.parse::<Networks>() {
            problems.push(format!("WEBHOOK_ALLOWED_NETWORKS: {error}"));
        }
    }
}
