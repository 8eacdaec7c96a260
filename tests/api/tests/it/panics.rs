//! Panics of the server under test: the framework answers them with a closed connection, or not at all when nobody waits.

use std::sync::{Arc, Mutex, PoisonError};

/// Panics of this process from now on.
#[derive(Clone)]
pub(crate) struct Panics(Arc<Mutex<Vec<String>>>);

impl Panics {
    /// Begins to take them down.
    pub(crate) fn watch() -> Self {
        let watched = Self(Arc::default());
        let (seen, before) = (watched.clone(), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |panic| {
            seen.0.lock().unwrap_or_else(PoisonError::into_inner).push(panic.to_string());
            before(panic);
        }));
        watched
    }

    /// What panicked so far.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
