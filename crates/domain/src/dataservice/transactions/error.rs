//! What can come of a transaction.

use serde_json::{Value as Json, json};

use super::super::DataError;
use super::TransactionId;
use crate::kernel::{Coded, ErrorKind};

/// A failure, with the transaction and the operation it is about where there are such.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct TransactionError {
    /// What failed.
    #[source]
    pub error: DataError,
    /// The transaction, once there is one: [`super::Transactions::status`] tells what became of it.
    pub transaction_id: Option<TransactionId>,
    /// The operation, counted from 1.
    pub operation: Option<u32>,
}

impl From<DataError> for TransactionError {
    fn from(error: DataError) -> Self {
        Self { error, transaction_id: None, operation: None }
    }
}

impl TransactionError {
    pub(super) fn of(error: DataError, transaction_id: &TransactionId, operation: Option<u32>) -> Self {
        Self { error, transaction_id: Some(transaction_id.clone()), operation }
    }
}

impl Coded for TransactionError {
    fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    fn code(&self) -> &'static str {
        self.error.code()
    }

    fn retry_after_seconds(&self) -> Option<u64> {
        self.error.retry_after_seconds()
    }

    fn details(&self) -> Option<Json> {
        let mut details = self.error.details();
        if self.transaction_id.is_some() || self.operation.is_some() {
            let facts = details.get_or_insert_with(|| json!({}));
            if let Some(facts) = facts.as_object_mut() {
                if let Some(id) = &self.transaction_id {
                    facts.insert("transaction_id".to_owned(), id.as_str().into());
                }
                if let Some(operation) = self.operation {
                    facts.insert("operation".to_owned(), operation.into());
                }
            }
        }
        details
    }
}
