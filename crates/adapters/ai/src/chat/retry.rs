//! When a request that got no answer is sent again.

use std::time::Duration;

use atelier_domain::challenge::chat::{ChatError, ChatErrorKind};
use atelier_domain::kernel::Timestamp;
use chrono::DateTime;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// How often, and after which waits. Only requests that the provider did not take are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Most attempts, the first one included.
    pub attempts: u32,
    /// The wait before the second attempt, doubled before each further one, where the provider names none.
    pub first_wait: Duration,
    /// The longest wait, ours or the provider's. A provider that asks for more is not asked again.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 2, first_wait: Duration::from_millis(500), longest_wait: Duration::from_secs(10) }
    }
}

impl RetryPolicy {
    /// The wait before the next attempt, after the `attempt`th (from 1) ended so; none to give up.
    pub(super) fn wait_after(&self, attempt: u32, error: &ChatError) -> Option<Duration> {
        let can_help = matches!(
            error.kind,
            ChatErrorKind::RateLimited
                | ChatErrorKind::Overloaded
                | ChatErrorKind::ProviderFailed
                | ChatErrorKind::Unreachable
                | ChatErrorKind::ConnectTimeout
        );
        if attempt >= self.attempts || error.accepted || !can_help {
            return None;
        }
        match error.retry_after {
            Some(wait) => (wait <= self.longest_wait).then_some(wait),
            None => Some(self.first_wait.saturating_mul(1 << (attempt - 1).min(16)).min(self.longest_wait)),
        }
    }
}

/// How long the provider asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110 § 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(milliseconds) = text("retry-after-ms").and_then(|text| text.parse::<f64>().ok()) {
        return Duration::try_from_secs_f64(milliseconds / 1000.0).ok();
    }
    let asked = text(RETRY_AFTER.as_str())?;
    match asked.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => DateTime::parse_from_rfc2822(asked).ok().map(|date| (date.to_utc() - now).to_std().unwrap_or_default()),
    }
}
