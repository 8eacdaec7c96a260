//! How long operations take.

use tokio::time::Instant;

/// Measures one operation, the wait for a connection included, and records it when dropped: finished, failed or abandoned.
pub(crate) struct Timed {
    operation: &'static str,
    began: Instant,
}

impl Timed {
    /// Begins to measure.
    pub(crate) fn operation(operation: &'static str) -> Self {
        Self { operation, began: Instant::now() }
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        metrics::histogram!("atelier_store_operation_seconds", "operation" => self.operation).record(self.began.elapsed().as_secs_f64());
    }
}
