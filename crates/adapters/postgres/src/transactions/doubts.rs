//! Commits whose answer was lost and whose fate is not known yet, of this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use atelier_domain::dataservice::transactions::TransactionId;
use uuid::Uuid;

/// Those there are, with their owners; shared by clones, and shown as the gauge `tx_in_doubt`.
#[derive(Clone, Default)]
pub(crate) struct Doubts(Arc<Mutex<HashMap<TransactionId, Uuid>>>);

impl Doubts {
    pub(crate) fn begin(&self, id: &TransactionId, owner: Uuid) {
        self.change(|doubts| doubts.insert(id.clone(), owner));
    }

    /// Answers whether it was one.
    pub(crate) fn end(&self, id: &TransactionId) -> bool {
        self.change(|doubts| doubts.remove(id)).is_some()
    }

    pub(crate) fn all(&self) -> Vec<(TransactionId, Uuid)> {
        self.change(|doubts| doubts.iter().map(|(id, owner)| (id.clone(), *owner)).collect())
    }

    #[expect(clippy::cast_precision_loss, reason = "a gauge")]
    fn change<T>(&self, work: impl FnOnce(&mut HashMap<TransactionId, Uuid>) -> T) -> T {
        let mut doubts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let done = work(&mut doubts);
        metrics::gauge!("tx_in_doubt").set(doubts.len() as f64);
        done
    }
}
