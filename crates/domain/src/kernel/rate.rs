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
