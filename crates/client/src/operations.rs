//! Operations that were decided and cannot be applied.

use chrono::{DateTime, Utc};
use serde::Deserialize;

/// One that an administrator must decide about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DeadOperation {
    /// What to retry or forget it by.
    pub id: String,
    /// Its transaction.
    pub transaction_id: String,
    /// Which operation of it, counted from 1.
    pub operation: u32,
    /// Whose.
    pub owner: String,
    /// The store.
    pub database: String,
    /// Why its store refuses it, e.g. `WRONGTYPE`.
    pub reason: String,
    /// When it was decided.
    pub decided_at: DateTime<Utc>,
}

#[derive(Deserialize)]
pub(crate) struct DeadOperations {
    pub(crate) operations: Vec<DeadOperation>,
}
