//! What this process saw of requests under way. A process that took a request over from another saw nothing, and begins anew.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Requests whose end this process never saw must not pile up.
const MOST: usize = 4_096;

/// Something remembered of each request under way.
#[derive(Debug)]
pub(super) struct UnderWay<T>(Mutex<HashMap<String, T>>);

impl<T> Default for UnderWay<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> UnderWay<T> {
    pub(super) fn note(&self, id: &str, value: T) {
        let mut noted = self.noted();
        if noted.len() >= MOST {
            noted.clear();
        }
        noted.insert(id.to_owned(), value);
    }

    /// Changes what is noted of a request, or the default of one not seen before.
    pub(super) fn with<R>(&self, id: &str, change: impl FnOnce(&mut T) -> R) -> R
    where
        T: Default,
    {
        let mut noted = self.noted();
        if noted.len() >= MOST {
            noted.clear();
        }
        change(noted.entry(id.to_owned()).or_default())
    }

    pub(super) fn forget(&self, id: &str) -> Option<T> {
        self.noted().remove(id)
    }

    fn noted(&self) -> MutexGuard<'_, HashMap<String, T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
