//! Counting failed attempts, against guessing.

use std::time::Duration;

/// Counts failures per key in a sliding window. An implementation may forget early under memory pressure, never block wrongly.
#[async_trait::async_trait]
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait AttemptLimiter: Send + Sync {
    /// `None` when fewer than `limit` failures were recorded for `key` within `window`; else the time until one more try is allowed.
    async fn blocked_for(&self, key: &str, limit: u32, window: Duration) -> Option<Duration>;
    /// Records one failure for `key`, remembered for `window`.
    async fn record_failure(&self, key: &str, window: Duration);
    /// Forgets the failures of `key` (after a success).
    async fn reset(&self, key: &str);
}

/// Spreads requests: an allowance per key and minute that fills up again evenly (the generic cell rate algorithm).
#[async_trait::async_trait]
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait RateLimiter: Send + Sync {
    /// Takes one from the key's allowance of `per_minute`, at most a whole minute's at once. `None` when there was one; else the time until
    /// there is, and nothing is taken. A limiter that cannot tell allows: it must never be what makes the service fail.
    async fn take(&self, key: &str, per_minute: u32) -> Option<Duration>;
}
