//! What of a transaction is stored, encrypted: the log and the outbox hold clients' data.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::super::{DataError, Sealer};
use super::{Fence, TransactionId};

/// The result of an operation that is part of the decision: our own stored format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredResult {
    pub(super) operation: u32,
    pub(super) data: Option<Json>,
}

/// Seals and opens each part for its place: moved to another it cannot be opened.
#[derive(Clone)]
pub(super) struct Seal(pub(super) Arc<dyn Sealer>);

impl Seal {
    fn seal(&self, place: &str, content: &impl Serialize) -> Result<Vec<u8>, DataError> {
        let plain = serde_json::to_vec(content).map_err(|error| DataError::Internal(error.into()))?;
        Ok(self.0.seal(place, &plain))
    }

    fn open<T: DeserializeOwned>(&self, place: &str, sealed: &[u8]) -> Result<T, DataError> {
        let plain = self.0.open(place, sealed).map_err(|error| DataError::Internal(error.into()))?;
        serde_json::from_slice(&plain).map_err(|error| DataError::Internal(error.into()))
    }

    pub(super) fn answer(&self, id: &TransactionId, results: &[StoredResult]) -> Result<Vec<u8>, DataError> {
        self.seal(&format!("transaction/{id}/answer"), &results)
    }

    pub(super) fn open_answer(&self, id: &TransactionId, sealed: &[u8]) -> Result<Vec<StoredResult>, DataError> {
        self.open(&format!("transaction/{id}/answer"), sealed)
    }

    pub(super) fn payload(&self, fence: &Fence, write: &impl Serialize) -> Result<Vec<u8>, DataError> {
        self.seal(&place(fence, "payload"), write)
    }

    pub(super) fn open_payload<T: DeserializeOwned>(&self, fence: &Fence, sealed: &[u8]) -> Result<T, DataError> {
        self.open(&place(fence, "payload"), sealed)
    }

    pub(super) fn result(&self, fence: &Fence, data: &Json) -> Result<Vec<u8>, DataError> {
        self.seal(&place(fence, "result"), data)
    }

    pub(super) fn open_result(&self, fence: &Fence, sealed: &[u8]) -> Result<Json, DataError> {
        self.open(&place(fence, "result"), sealed)
    }
}

fn place(fence: &Fence, part: &str) -> String {
    format!("transaction/{}/{}/{part}", fence.transaction_id, fence.operation)
}
