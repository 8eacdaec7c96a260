//! The request's id and clock, reachable where an error body is made.

use std::future::Future;
use std::sync::Arc;

use atelier_domain::kernel::Clock;

use crate::envelope;

struct RequestContext {
    id: String,
    clock: Arc<dyn Clock>,
}

tokio::task_local! {
    static CONTEXT: RequestContext;
}

/// Runs a request's work with its context.
pub(crate) async fn scope<F: Future>(id: String, clock: Arc<dyn Clock>, work: F) -> F::Output {
    CONTEXT.scope(RequestContext { id, clock }, work).await
}

/// The present request's id and the time as it goes on the wire; empty outside a request.
pub(crate) fn current() -> (String, String) {
    CONTEXT.try_with(|context| (context.id.clone(), envelope::time(context.clock.now()))).unwrap_or_default()
}
