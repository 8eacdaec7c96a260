//! Time as a port, so that tests decide what "now" is.

use std::time::Duration;

use super::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant, UTC, truncated to milliseconds (what every store keeps).
    fn now(&self) -> Timestamp;
}

/// Waits. The domain starts no timers; a runtime's adapter does.
#[async_trait::async_trait]
pub trait Timer: Send + Sync {
    /// Returns after at least `duration`. MUST give other tasks a turn, even for a duration of zero.
    async fn sleep(&self, duration: Duration);
}
