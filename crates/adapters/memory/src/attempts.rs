//! Counting failed attempts in a sliding window.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use atelier_domain::kernel::{AttemptLimiter, Clock, Timestamp};
use chrono::TimeDelta;

/// Most failures remembered per key; the oldest are forgotten first.
const FAILURES_PER_KEY: usize = 1_000;

/// Counts failures per key, in this process only. Memory is bounded: with too many keys at once, some are forgotten early.
pub struct MemoryAttemptLimiter {
    clock: Arc<dyn Clock>,
    most_keys: usize,
    failures: Mutex<HashMap<String, VecDeque<Failure>>>,
}

/// One failure, and until when it is remembered.
#[derive(Debug, Clone, Copy)]
struct Failure {
    at: Timestamp,
    until: Timestamp,
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    TimeDelta::from_std(by).ok().and_then(|by| at.checked_add_signed(by)).unwrap_or(Timestamp::MAX_UTC)
}

impl MemoryAttemptLimiter {
    /// Counts by this clock, for at most 100 000 keys at once.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_most_keys(clock, 100_000)
    }

    /// Counts by this clock, for at most `most_keys` keys at once.
    pub fn with_most_keys(clock: Arc<dyn Clock>, most_keys: usize) -> Self {
        Self { clock, most_keys, failures: Mutex::new(HashMap::new()) }
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<String, VecDeque<Failure>>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room for one more key: first what is over anyway, then whatever comes.
    fn make_room(&self, failures: &mut HashMap<String, VecDeque<Failure>>, now: Timestamp) {
        if failures.len() < self.most_keys {
            return;
        }
        failures.retain(|_, of_key| of_key.iter().any(|failure| now < failure.until));
        let surplus = (failures.len() + 1).saturating_sub(self.most_keys);
        let forgotten: Vec<String> = failures.keys().take(surplus).cloned().collect();
        for key in forgotten {
            failures.remove(&key);
        }
    }
}

#[async_trait::async_trait]
impl AttemptLimiter for MemoryAttemptLimiter {
    async fn blocked_for(&self, key: &str, limit: u32, window: Duration) -> Option<Duration> {
        let now = self.clock.now();
        let failures = self.failures();
        let counted: Vec<Timestamp> =
            failures.get(key)?.iter().map(|failure| later(failure.at, window)).filter(|leaves| now < *leaves).collect();
        // The next try is allowed once so many have left the window that fewer than `limit` remain.
        let leaves = counted.get(counted.len().checked_sub(limit.max(1) as usize)?)?;
        (*leaves - now).to_std().ok()
    }

    async fn record_failure(&self, key: &str, window: Duration) {
        let now = self.clock.now();
        let mut failures = self.failures();
        if !failures.contains_key(key) {
            self.make_room(&mut failures, now);
        }
        let of_key = failures.entry(key.to_owned()).or_default();
        of_key.retain(|failure| now < failure.until);
        of_key.push_back(Failure { at: now, until: later(now, window) });
        if of_key.len() > FAILURES_PER_KEY {
            of_key.pop_front();
        }
    }

    async fn reset(&self, key: &str) {
        self.failures().remove(key);
    }
}
