//! Time as a port, so that tests decide what "now" is.

use super::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant, UTC, truncated to milliseconds (what every store keeps).
    fn now(&self) -> Timestamp;
}
