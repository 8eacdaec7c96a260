//! A cache in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atelier_domain::kernel::{Cache, Clock, Timestamp};

/// A cache that looks at a clock. Clones share what they keep.
#[derive(Clone)]
pub struct MemoryCache {
    clock: Arc<dyn Clock>,
    kept: Arc<Mutex<HashMap<String, (String, Timestamp)>>>,
}

impl MemoryCache {
    /// An empty one.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, kept: Arc::default() }
    }
}

#[async_trait::async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Option<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|(_, until)| self.clock.now() < *until).map(|(value, _)| value.clone())
    }

    async fn put(&self, key: &str, value: &str, time_to_live: Duration) {
        let until = self.clock.now() + time_to_live;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), (value.to_owned(), until));
    }

    async fn forget(&self, key: &str) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
