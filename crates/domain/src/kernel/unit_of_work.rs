//! One unit of work: everything in it happens, or nothing.

use std::future::Future;

use super::{AuditWriter, EventWriter, IdempotencyRepository, JobWriter, StoreError};

/// A transaction over everything a use case writes. Each context extends it with its repositories; an adapter has one type behind all.
///
/// MUST: writes are seen by others only after [`commit`](UnitOfWork::commit), all at once; dropping it without a commit discards them.
#[async_trait::async_trait]
pub trait UnitOfWork: Send {
    /// Enqueues and settles jobs together with the data they belong to.
    fn jobs(&mut self) -> &mut dyn JobWriter;
    /// Appends live events.
    fn events(&mut self) -> &mut dyn EventWriter;
    /// Appends audit entries.
    fn audit(&mut self) -> &mut dyn AuditWriter;
    /// Idempotency records.
    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository;
    /// Makes every write visible and durable.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Runs a whole unit of work again, up to ten times in all, while the store answers [`StoreError::Contention`].
/// `store_error` finds the store's error in the use case's own.
///
/// # Errors
/// Whatever the last run answered.
pub async fn retry_on_contention<T, E, Fut>(mut work: impl FnMut() -> Fut, store_error: impl Fn(&E) -> Option<&StoreError>) -> Result<T, E>
where
    Fut: Future<Output = Result<T, E>>,
{
    for _ in 0..9 {
        match work().await {
            Err(error) if matches!(store_error(&error), Some(StoreError::Contention(_))) => {}
            settled => return settled,
        }
    }
    work().await
}
