//! Where similar prompts are looked for: on a thread that may block, one search at a time.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use atelier_domain::challenge::results::{SimilarTask, SimilarityInput};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::ApiError;

/// Searches that may wait for the one that runs, before new ones are told to come again.
const WAITING: usize = 3;

/// Lets one search run and a few wait, so that a flood of them costs neither the processor nor memory.
pub(crate) struct Comparisons {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl Default for Comparisons {
    fn default() -> Self {
        Self { admitted: Arc::new(Semaphore::new(1 + WAITING)), running: Arc::new(Semaphore::new(1)) }
    }
}

/// A place among the searches.
pub(super) struct Place {
    admitted: OwnedSemaphorePermit,
    running: Arc<Semaphore>,
}

impl Comparisons {
    /// A place, taken before the prompts are read into memory.
    ///
    /// # Errors
    /// 503 `BUSY` when too many wait already.
    pub(super) fn place(&self) -> Result<Place, ApiError> {
        match Arc::clone(&self.admitted).try_acquire_owned() {
            Ok(admitted) => Ok(Place { admitted, running: Arc::clone(&self.running) }),
            Err(_full) => {
                let busy = "similar prompts are being looked for already: try again shortly";
                Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "BUSY", busy).with_header(header::RETRY_AFTER, "2".to_owned()))
            }
        }
    }
}

impl Place {
    /// Searches. One whose caller has gone away keeps its place until it ends, because its thread does.
    pub(super) async fn search(self, input: SimilarityInput) -> Result<Vec<SimilarTask>, ApiError> {
        let running = self.running.acquire_owned().await.map_err(|closed| ApiError::internal(&closed))?;
        let held = (self.admitted, running);
        let found = tokio::task::spawn_blocking(move || {
            let _held = held;
            input.compute()
        });
        found.await.map_err(|panicked| ApiError::internal(&panicked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_too_many_is_told_to_come_again_until_a_place_is_free() {
        let comparisons = Comparisons::default();
        let mut places: Vec<_> = (0..=WAITING).map(|_| comparisons.place()).collect();
        assert!(places.iter().all(Result::is_ok));
        assert!(comparisons.place().is_err_and(|busy| busy.code() == "BUSY"));
        places.pop();
        assert!(comparisons.place().is_ok());
    }
}
