//! What may be forgotten at any time.

use std::time::Duration;

/// Short texts under keys, for a while. Nothing may rest on it: a cache that is away answers `None` and takes nothing.
#[async_trait::async_trait]
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait Cache: Send + Sync {
    /// What was put last under the key. MUST NOT answer it once its time is over, or after [`forget`](Cache::forget).
    async fn get(&self, key: &str) -> Option<String>;
    /// Keeps the value for `time_to_live` at most, replacing an older one.
    async fn put(&self, key: &str, value: &str, time_to_live: Duration);
    /// Forgets the key's value.
    async fn forget(&self, key: &str);
}
