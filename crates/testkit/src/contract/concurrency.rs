//! Many at once.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use atelier_domain::kernel::StoreError;

/// How many tasks [`concurrently`] starts.
pub(crate) const TASKS: usize = 8;

/// Runs `work` in [`TASKS`] tasks at once, each again while the store answers that another writer was faster, and returns the outcomes.
/// Unlike [`atelier_domain::kernel::retry_on_contention`] it gives up late: all of a suite's writers go for one row.
pub(crate) async fn concurrently<S, T, Fut>(store: &S, work: impl Fn(S, usize) -> Fut + Send + Sync + 'static) -> Vec<Result<T, StoreError>>
where
    S: Clone + Send + Sync + 'static,
    T: Send + 'static,
    Fut: Future<Output = Result<T, StoreError>> + Send + 'static,
{
    let work = Arc::new(work);
    let task = |number| {
        let (store, work) = (store.clone(), Arc::clone(&work));
        tokio::spawn(async move {
            for _ in 0..100 {
                match work(S::clone(&store), number).await {
                    Err(StoreError::Contention(_)) => tokio::time::sleep(Duration::from_millis(2)).await,
                    settled => return settled,
                }
            }
            work(store, number).await
        })
    };
    let tasks: Vec<_> = (0..TASKS).map(task).collect();
    let mut outcomes = Vec::with_capacity(TASKS);
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

/// Checks that one of the outcomes is a success and all others are the conflict on `constraint`.
pub(crate) fn assert_one_succeeded(outcomes: &[Result<(), StoreError>], constraint: &str) {
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(error.is_conflict_on(constraint), "{error:?}");
    }
}
