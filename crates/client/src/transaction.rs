//! Changing several stores at once.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::client::Client;
use crate::error::Error;
use crate::filter::Filter;
use crate::transport::{Call, IdempotencyKey};

/// How far PostgreSQL's part is kept apart from other transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Isolation {
    /// Each statement sees what is committed when it begins.
    #[serde(rename = "READ COMMITTED")]
    ReadCommitted,
    /// All statements see one moment.
    #[serde(rename = "REPEATABLE READ")]
    RepeatableRead,
    /// As if transactions came one after the other.
    #[serde(rename = "SERIALIZABLE")]
    Serializable,
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OperationStatus {
    /// Done.
    Success,
    /// Decided, and applied as soon as its store answers.
    Pending,
    /// Decided, and its store refuses it: an administrator must decide.
    Dead,
    /// Given up by an administrator.
    Forgotten,
}

/// One operation's result.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct OperationResult {
    /// Which operation, counted from 1.
    pub operation: u32,
    /// How far it is.
    pub status: OperationStatus,
    /// What it made or found, e.g. `id` and `created_at` of a row.
    #[serde(default)]
    pub data: Json,
}

/// A transaction that has happened.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Committed {
    /// Its id.
    pub transaction_id: String,
    /// Whether some store has yet to follow; [`Client::find_transaction`] tells when it has.
    #[serde(default)]
    pub pending: bool,
    /// The operations' results, in order.
    pub results: Vec<OperationResult>,
    /// Whether this is the answer to an earlier call with the same key.
    #[serde(skip)]
    pub replayed: bool,
    /// The version of the rows written, for [`Query::min_data_version`](crate::Query::min_data_version); not told again with a replay.
    #[serde(skip)]
    pub data_version: Option<u64>,
}

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
#[non_exhaustive]
pub enum TransactionState {
    /// It has happened.
    Committed(Committed),
    /// It has not, and never will.
    #[non_exhaustive]
    Aborted {
        /// Its id.
        transaction_id: String,
        /// What it failed with, where that is known.
        #[serde(default)]
        failure: Option<Failure>,
    },
    /// It is being executed.
    #[non_exhaustive]
    Running {
        /// Its id.
        transaction_id: String,
    },
}

/// What an aborted transaction failed with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// The code of the error.
    pub code: Option<String>,
    /// The operation it is about, counted from 1.
    pub operation: Option<u32>,
}

#[derive(Debug, Clone, Serialize)]
struct Body {
    operations: Vec<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    isolation: Option<Isolation>,
}

/// A transaction that is being put together. All of it happens, or nothing.
#[derive(Debug)]
#[must_use]
pub struct Transaction {
    client: Client,
    key: IdempotencyKey,
    body: Result<Body, Error>,
}

impl Transaction {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, key: IdempotencyKey::random(), body: Ok(Body { operations: Vec::new(), isolation: None }) }
    }

    /// Any operation, as the service's documentation has it: `database`, `operation`, and what that takes.
    pub fn operation(mut self, operation: impl Serialize) -> Self {
        if let Ok(body) = &mut self.body {
            match serde_json::to_value(operation) {
                Ok(operation) => body.operations.push(operation),
                Err(error) => self.body = Err(Error::Request(error.into())),
            }
        }
        self
    }

    fn rows(self, operation: &str, table: &str, data: Option<Json>, filter: Option<Filter>, most: Option<u64>) -> Self {
        let mut fields = Map::new();
        fields.insert("database".to_owned(), "postgresql".into());
        fields.insert("operation".to_owned(), operation.into());
        fields.insert("table".to_owned(), table.into());
        let data = data.map(|data| ("data", data));
        let filters = filter.map(|filter| ("filters", json!(filter)));
        let most = most.map(|most| ("max_affected", most.into()));
        fields.extend([data, filters, most].into_iter().flatten().map(|(name, value)| (name.to_owned(), value)));
        self.operation(fields)
    }

    fn row(mut self, operation: &str, table: &str, data: impl Serialize, filter: Option<Filter>, most: Option<u64>) -> Self {
        match serde_json::to_value(data) {
            Ok(data) => self.rows(operation, table, Some(data), filter, most),
            Err(error) => {
                self.body = Err(Error::Request(error.into()));
                self
            }
        }
    }

    /// Makes a row.
    pub fn insert(self, table: &str, row: impl Serialize) -> Self {
        self.row("insert", table, row, None, None)
    }

    /// Makes a row, or changes the one with its key.
    pub fn upsert(self, table: &str, row: impl Serialize) -> Self {
        self.row("upsert", table, row, None, None)
    }

    /// Changes rows; at most 1000 of them.
    pub fn update(self, table: &str, changes: impl Serialize, filter: Filter) -> Self {
        self.row("update", table, changes, Some(filter), None)
    }

    /// As [`update`](Transaction::update); more than `most` rows abort the transaction.
    pub fn update_at_most(self, most: u64, table: &str, changes: impl Serialize, filter: Filter) -> Self {
        self.row("update", table, changes, Some(filter), Some(most))
    }

    /// Removes rows; at most 1000 of them.
    pub fn delete(self, table: &str, filter: Filter) -> Self {
        self.rows("delete", table, None, Some(filter), None)
    }

    /// As [`delete`](Transaction::delete); more than `most` rows abort the transaction.
    pub fn delete_at_most(self, most: u64, table: &str, filter: Filter) -> Self {
        self.rows("delete", table, None, Some(filter), Some(most))
    }

    /// Sets a key of Redis.
    pub fn set(self, key: &str, value: &str) -> Self {
        self.operation(json!({"database": "redis", "operation": "set", "key": key, "value": value}))
    }

    /// Sets a key of Redis for so long, in whole seconds.
    pub fn set_for(self, key: &str, value: &str, time_to_live: Duration) -> Self {
        self.operation(json!({"database": "redis", "operation": "set", "key": key, "value": value, "ttl": time_to_live.as_secs()}))
    }

    /// Removes a key of Redis.
    pub fn remove(self, key: &str) -> Self {
        self.operation(json!({"database": "redis", "operation": "del", "key": key}))
    }

    /// Adds to a number under a key of Redis.
    pub fn increment(self, key: &str, by: i64) -> Self {
        self.operation(json!({"database": "redis", "operation": "incrby", "key": key, "by": by}))
    }

    /// Lets a key of Redis end after so long, in whole seconds.
    pub fn expire(self, key: &str, time_to_live: Duration) -> Self {
        self.operation(json!({"database": "redis", "operation": "expire", "key": key, "ttl": time_to_live.as_secs()}))
    }

    /// `READ COMMITTED` unless told otherwise.
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        if let Ok(body) = &mut self.body {
            body.isolation = Some(isolation);
        }
        self
    }

    /// Under a key of the caller's own, so that it is the same transaction after a restart of the caller too; a fresh one unless told.
    pub fn idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.key = key;
        self
    }

    /// Executes it. When the connection is lost, or the service asks to come again, the same is sent again under the same key, so that it
    /// happens once however often it is sent.
    ///
    /// # Errors
    /// [`Error`]. After [`Error::Transport`] it may have happened: commit the same under the same key later, or ask
    /// [`Client::find_transaction`]. After an error of the service nothing has happened, except with `DATABASE_UNAVAILABLE` and
    /// `details.transaction_id`, which that call resolves.
    pub async fn commit(self) -> Result<Committed, Error> {
        let call = Call::post("/api/v2/data/transaction", &self.body?)?.under(&self.key);
        let answer = self.client.transport.send(&call).await?;
        let mut committed: Committed = answer.read()?;
        committed.replayed = answer.header("idempotent-replayed") == Some("true");
        committed.data_version = answer.data_version();
        Ok(committed)
    }
}
