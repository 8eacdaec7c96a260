//! What a transaction is made of, once it has been checked.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use uuid::Uuid;

use super::super::DataError;
use super::super::catalogue::{ColumnId, Table, Value};
use super::super::queries::Predicate;
use super::StoreWrite;

/// A claim nobody has refreshed for so long belongs to a process that is gone.
pub const CLAIM_IS_STALE_AFTER: Duration = Duration::from_secs(30);

/// How long a request goes on applying after its decision.
pub const APPLY_WITHIN: Duration = Duration::from_secs(2);

/// A transaction's id: `tx_` and 256 random bits in URL-safe text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TransactionId(String);

impl TransactionId {
    const PREFIX: &'static str = "tx_";

    /// The id made of a random token.
    pub fn of(token: &str) -> Self {
        Self(format!("{}{token}", Self::PREFIX))
    }

    /// Reads an id; none when the text cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(Self::PREFIX)?;
        let fits = (1..=64).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        fits.then(|| Self(text.to_owned()))
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far the PostgreSQL part is kept apart from other transactions.
///
/// <https://www.postgresql.org/docs/current/transaction-iso.html>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// Each statement sees what was committed before it.
    #[default]
    ReadCommitted,
    /// All statements see one snapshot.
    RepeatableRead,
    /// As if the transactions ran one after the other.
    Serializable,
}

impl Isolation {
    /// Every level.
    pub const ALL: [Self; 3] = [Self::ReadCommitted, Self::RepeatableRead, Self::Serializable];

    /// The name, as SQL and clients write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadCommitted => "READ COMMITTED",
            Self::RepeatableRead => "REPEATABLE READ",
            Self::Serializable => "SERIALIZABLE",
        }
    }
}

/// What a column gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Assignment {
    /// This value.
    Set(Value),
    /// Its present value plus this number, so that two writers do not lose each other's change.
    Add(Value),
}

/// A change of rows.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlChange {
    /// A new row.
    Insert {
        /// Its columns, the owner's among them where the table has one.
        values: Vec<(ColumnId, Value)>,
    },
    /// A new row, or the values of the row that has the same key.
    Upsert {
        /// Its columns, the key among them.
        values: Vec<(ColumnId, Value)>,
        /// Those of them an existing row takes over.
        replaced: Vec<ColumnId>,
    },
    /// New values for the rows found.
    Update {
        /// The values.
        values: Vec<(ColumnId, Assignment)>,
        /// Which rows.
        filter: Predicate,
    },
    /// No more rows found.
    Delete {
        /// Which rows.
        filter: Predicate,
    },
}

/// A change of a table whose every identifier is the catalogue's and whose every value has its column's type.
#[derive(Debug, Clone, PartialEq)]
pub struct SqlWrite {
    /// The table.
    pub table: Arc<Table>,
    /// What changes.
    pub change: SqlChange,
    /// The only owner whose rows may be touched; none for administrators. Stores MUST hold to it, whatever else keeps owners apart.
    pub confined_to: Option<Uuid>,
    /// More rows than this are not changed.
    pub max_affected: u64,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// In PostgreSQL, part of the decision.
    Sql(SqlWrite),
    /// Elsewhere, applied after the decision.
    Store(StoreWrite),
}

/// What makes an operation happen once, however often it is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The transaction.
    pub transaction_id: TransactionId,
    /// The operation, counted from 1.
    pub operation: u32,
}

/// As operators are shown it: `tx_…:2`.
impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.transaction_id, self.operation)
    }
}

impl FromStr for Fence {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        let read = || {
            let (id, operation) = text.split_once(':')?;
            let operation = operation.parse().ok().filter(|number| *number > 0)?;
            Some(Self { transaction_id: TransactionId::parse(id)?, operation })
        };
        let message = "an operation is named by its transaction and its number, such as tx_789456123:2";
        read().ok_or_else(|| DataError::invalid("VALIDATION_FAILED", message))
    }
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationState {
    /// Done.
    Success,
    /// Decided and not applied yet.
    Pending,
    /// Decided, and the store refuses it for good: an operator must look.
    Dead,
    /// Was dead, and an operator gave it up.
    Forgotten,
}

impl OperationState {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Pending => "pending",
            Self::Dead => "dead",
            Self::Forgotten => "forgotten",
        }
    }
}

/// One operation's result.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationResult {
    /// Which, counted from 1.
    pub operation: u32,
    /// How far it is.
    pub state: OperationState,
    /// What it made or found, where that is known.
    pub data: Option<Json>,
}

/// A transaction that has been committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Committed {
    /// Its id.
    pub id: TransactionId,
    /// Its operations, in order.
    pub results: Vec<OperationResult>,
    /// Whether this is the answer to an earlier request with the same key.
    pub replayed: bool,
    /// The version the rows written have now, for whoever wants to read nothing older; none of an answer given again.
    pub data_version: Option<u64>,
}

impl Committed {
    /// Whether something has yet to be applied.
    pub fn is_pending(&self) -> bool {
        self.results.iter().any(|result| result.state == OperationState::Pending)
    }
}

/// How far a transaction is.
#[derive(Debug, Clone, PartialEq)]
pub enum TransactionStatus {
    /// It is being executed.
    Running,
    /// It has happened.
    Committed(Committed),
    /// It has not happened and never will.
    Aborted {
        /// The code of what it failed with, where that is known.
        code: Option<String>,
        /// The operation it failed at, counted from 1.
        operation: Option<u32>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_service_makes_is_an_id() {
        for text in ["", "tx_", "conn_1", "tx_a b", "tx_\u{e9}", "tx_1'; DROP TABLE users"] {
            assert_eq!(TransactionId::parse(text), None, "{text:?}");
        }
        assert!(TransactionId::parse("tx_789456123").is_some());
    }
}
