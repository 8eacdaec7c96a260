//! Time that stands still until told.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atelier_domain::kernel::{Clock, Timer, Timestamp};

use crate::builders::noon;

/// A clock under the test's control. Clones show the same time.
#[derive(Debug, Clone)]
pub struct FixedClock {
    millis: Arc<AtomicI64>,
}

impl FixedClock {
    /// A clock that stands at [`noon`].
    pub fn new() -> Self {
        Self::at(noon())
    }

    /// A clock that stands at this instant.
    pub fn at(now: Timestamp) -> Self {
        Self { millis: Arc::new(AtomicI64::new(now.timestamp_millis())) }
    }

    /// Puts the clock to an instant.
    pub fn set(&self, now: Timestamp) {
        self.millis.store(now.timestamp_millis(), Ordering::SeqCst);
    }

    /// Puts the clock forward.
    pub fn advance(&self, by: Duration) {
        self.millis.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Default for FixedClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_timestamp_millis(self.millis.load(Ordering::SeqCst)).unwrap()
    }
}

/// A timer that returns at once, puts its clock forward by what it was asked to wait, and remembers it.
#[derive(Debug, Clone)]
pub struct CountingTimer {
    clock: FixedClock,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl CountingTimer {
    /// A timer that moves this clock.
    pub fn new(clock: FixedClock) -> Self {
        Self { clock, waits: Arc::default() }
    }

    /// Every wait so far.
    pub fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait::async_trait]
impl Timer for CountingTimer {
    async fn sleep(&self, duration: Duration) {
        self.clock.advance(duration);
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).push(duration);
        tokio::task::yield_now().await;
    }
}
