//! What became of entries of the outbox, written down for several transactions in one statement.

use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use atelier_domain::dataservice::transactions::{Fence, Settled};
use atelier_domain::dataservice::{DataError, Database};
use tokio::sync::oneshot;

use crate::error::data_error;
use crate::pool::PgStore;

const SETTLE: &str = "SELECT dataservice.settle_outbox($1, $2, $3, $4, $5, $6, $7)";
/// Entries of one statement.
const AT_ONCE: usize = 256;

type Entries = Vec<(Fence, Settled)>;
type Told = Result<(), Arc<DataError>>;

/// One statement at a time: whoever comes while it is on its way goes with the next.
#[derive(Clone)]
pub(super) struct Settling {
    store: PgStore,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    requests: Vec<(Entries, oneshot::Sender<Told>)>,
    is_somebody_writing: bool,
}

fn number(of: u32) -> i32 {
    i32::try_from(of).unwrap_or(i32::MAX)
}

impl Settling {
    pub(super) fn of(store: PgStore) -> Self {
        Self { store, waiting: Arc::default() }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when it is written. Dropped before, it is written all the same.
    pub(super) async fn settle(&self, entries: Entries) -> Result<(), DataError> {
        let (tell, told) = oneshot::channel();
        let is_first = {
            let mut waiting = self.waiting();
            waiting.requests.push((entries, tell));
            !std::mem::replace(&mut waiting.is_somebody_writing, true)
        };
        if is_first {
            let writing = self.clone();
            // Of nobody's request: one that is dropped must not keep the others waiting.
            tokio::spawn(async move { writing.write_all().await });
        }
        let unavailable = |source| DataError::Unavailable { database: Database::PostgreSql, source };
        match told.await {
            Ok(told) => told.map_err(|error| unavailable(error.into())),
            Err(gone) => Err(unavailable(gone.into())),
        }
    }

    /// Until nobody waits.
    async fn write_all(&self) {
        loop {
            let (mut entries, mut tells) = (Vec::new(), Vec::new());
            {
                let mut waiting = self.waiting();
                if waiting.requests.is_empty() {
                    waiting.is_somebody_writing = false;
                    return;
                }
                for (those, tell) in take(&mut waiting.requests) {
                    if entries.is_empty() || entries.len() + those.len() <= AT_ONCE {
                        entries.extend(those);
                        tells.push(tell);
                    } else {
                        waiting.requests.push((those, tell));
                    }
                }
            }
            // In one order, so that two processes never wait for each other in a circle.
            entries.sort_by(|(one, _), (other, _)| {
                (one.transaction_id.as_str(), one.operation).cmp(&(other.transaction_id.as_str(), other.operation))
            });
            let told = self.write(&entries).await.map_err(Arc::new);
            for tell in tells {
                // Who has gone does not need to know.
                let _gone = tell.send(told.clone());
            }
        }
    }

    async fn write(&self, settled: &[(Fence, Settled)]) -> Result<(), DataError> {
        let (mut states, mut results, mut tries, mut pauses, mut reasons) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (_, outcome) in settled {
            let (state, result, tried, pause, reason) = match outcome {
                Settled::Applied(result) => ("applied", result.as_deref(), 1, 0, None),
                Settled::Later { seconds, reason, tried } => ("pending", None, i32::from(*tried), number(*seconds), Some(reason.as_str())),
                Settled::Dead { reason } => ("dead", None, 1, 0, Some(reason.as_str())),
            };
            states.push(state);
            results.push(result);
            tries.push(tried);
            pauses.push(pause);
            reasons.push(reason);
        }
        sqlx::query(SETTLE)
            .bind(settled.iter().map(|(fence, _)| fence.transaction_id.as_str()).collect::<Vec<_>>())
            .bind(settled.iter().map(|(fence, _)| number(fence.operation)).collect::<Vec<_>>())
            .bind(states)
            .bind(results)
            .bind(tries)
            .bind(pauses)
            .bind(reasons)
            .execute(self.store.pool())
            .await
            .map(|_done| ())
            .map_err(data_error)
    }
}
