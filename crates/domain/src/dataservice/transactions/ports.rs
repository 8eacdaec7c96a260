//! What transactions need: a coordinator that decides, participants that follow.

use async_trait::async_trait;
use uuid::Uuid;

use super::super::queries::RaisedVersion;
use super::super::{DataError, Database, Tenant};
use super::{Fence, Isolation, OperationState, SqlWrite, StoreWrite, TransactionId};
use crate::kernel::{Email, IdempotencyKey, Source, StoreError, Timestamp, UserId};

/// A request that may be repeated: whose, under which key, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who asks.
    pub owner: Uuid,
    /// The client's key.
    pub key: IdempotencyKey,
    /// The digest of what is asked for.
    pub body_hash: String,
    /// The transaction that would execute it.
    pub transaction_id: TransactionId,
}

/// What became of a claim.
pub enum Claimed {
    /// It is ours: execute. While this lives the claim is kept fresh.
    Free(Box<dyn HeldClaim>),
    /// This transaction has the key.
    Taken {
        /// Which.
        transaction_id: TransactionId,
        /// What it was asked for.
        body_hash: String,
        /// Whether it is committed; else it is being executed.
        committed: bool,
    },
}

/// A claim being executed. Dropped without a word it is free again after [`super::CLAIM_IS_STALE_AFTER`].
#[async_trait]
pub trait HeldClaim: Send + Sync {
    /// Gives the key back: the next request with it executes.
    async fn release(self: Box<Self>);
}

/// One change to be applied after the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// The operation, counted from 1.
    pub operation: u32,
    /// The store.
    pub database: Database,
    /// A digest of [`StoreWrite::target`].
    pub target: String,
    /// The change, sealed.
    pub payload: Vec<u8>,
}

/// What is written in the same commit as the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The transaction.
    pub transaction_id: TransactionId,
    /// Whose.
    pub owner: Uuid,
    /// The key it must not be executed twice under.
    pub key: Option<IdempotencyKey>,
    /// The number of operations.
    pub operations: u32,
    /// The results of the operations that are part of the decision, sealed.
    pub answer: Vec<u8>,
    /// What has to follow.
    pub outbox: Vec<OutboxEntry>,
    /// The tables written.
    pub tables: Vec<&'static str>,
}

/// A decision that has been made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// For each outbox entry whether it may be applied now: one whose target has older changes waiting must wait behind them.
    pub ready: Vec<bool>,
    /// The version of the owner's rows of the tables written, the highest of them.
    pub data_version: Option<u64>,
    /// Every version of the owner's rows that the cache has not been told of; none where the store has not looked.
    pub raised: Option<Vec<RaisedVersion>>,
}

/// What one statement did.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// How many rows.
    pub affected: u64,
    /// The key of the row made, and when it was made.
    pub made: Option<(Uuid, Option<Timestamp>)>,
}

/// Why a commit did not answer "done".
#[derive(Debug)]
pub enum NotDecided {
    /// It was refused: nothing has happened.
    Aborted(DataError),
    /// A transaction with the same key was faster: nothing has happened.
    Superseded,
    /// The answer is lost: it may have happened. [`Coordinator::resolve`] tells.
    Unknown(DataError),
}

/// PostgreSQL's transaction of one request. Dropped before [`decide`](Session::decide) nothing has happened.
#[async_trait]
pub trait Session: Send {
    /// Executes one change as the caller. After an error the session MUST refuse everything but [`rollback`](Session::rollback).
    ///
    /// MUST answer `OWNERSHIP_VIOLATION` when a row of another owner would be made, and MUST not touch one.
    async fn write(&mut self, write: &SqlWrite) -> Result<Written, DataError>;
    /// Writes the log and the outbox, and commits.
    async fn decide(self: Box<Self>, decision: &Decision) -> Result<Recorded, NotDecided>;
    /// Ends it without a trace.
    async fn rollback(self: Box<Self>);
}

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It has happened.
    Committed {
        /// The sealed results of the operations that are part of the decision.
        answer: Vec<u8>,
    },
    /// It has not happened and never will.
    Aborted {
        /// The code of the failure.
        code: Option<String>,
        /// The operation that failed.
        operation: Option<u32>,
    },
}

/// A transaction as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Whose.
    pub owner: Uuid,
    /// None while it is being executed.
    pub outcome: Option<Outcome>,
    /// What followed or has to follow: operation, state, sealed result.
    pub followed: Vec<Followed>,
}

/// How far one outbox entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// The operation, counted from 1.
    pub operation: u32,
    /// How far it is.
    pub state: OperationState,
    /// What it answered, sealed.
    pub result: Option<Vec<u8>>,
}

/// An outbox entry somebody has taken to apply it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Which operation of which transaction.
    pub fence: Fence,
    /// The store.
    pub database: Database,
    /// The sealed change.
    pub payload: Vec<u8>,
    /// How often it was tried before.
    pub attempts: u32,
    /// When it was decided.
    pub decided_at: Timestamp,
}

/// What applying an entry came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Done; with the sealed answer where there is one.
    Applied(Option<Vec<u8>>),
    /// Not yet: try again after so many seconds.
    Later {
        /// The seconds.
        seconds: u32,
        /// A code of why, nothing of the content.
        reason: String,
        /// Whether it counts as a try.
        tried: bool,
    },
    /// Never.
    Dead {
        /// A code of why, nothing of the content.
        reason: String,
    },
}

/// An entry an operator must decide about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadOperation {
    /// Which.
    pub fence: Fence,
    /// Whose.
    pub owner: Uuid,
    /// The store.
    pub database: Database,
    /// Why.
    pub reason: String,
    /// When it was decided.
    pub decided_at: Timestamp,
}

/// The database whose commit decides, with its log and outbox.
#[async_trait]
pub trait Coordinator: Send + Sync {
    /// Takes the key in a small commit of its own. A claim that has expired ([`IdempotencyKey::LIFETIME`]), or is stale
    /// ([`super::CLAIM_IS_STALE_AFTER`]) without a committed transaction, is free. However many take it over, at most one MUST commit.
    async fn claim(&self, claim: &Claim) -> Result<Claimed, DataError>;
    /// Takes a connection and begins, as the tenant's group role. MUST NOT fail on a connection that was lost while it was idle.
    async fn begin(&self, tenant: &Tenant, isolation: Isolation) -> Result<Box<dyn Session>, DataError>;
    /// Says that a transaction has not happened: afterwards it MUST NOT be able to commit. Answers what is true.
    async fn resolve(&self, id: &TransactionId, owner: Uuid, code: Option<&str>, operation: Option<u32>) -> Result<Outcome, DataError>;
    /// What the log knows.
    async fn find(&self, id: &TransactionId) -> Result<Option<Logged>, DataError>;
}

/// The changes that follow decisions.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Takes up to so many entries that are due, for half a minute: the oldest of each target, none that somebody else has.
    async fn due(&self, most: u32) -> Result<Vec<Due>, DataError>;
    /// Records what came of entries. Nothing changes for one that is applied already.
    async fn settle(&self, settled: &[(Fence, Settled)]) -> Result<(), DataError>;
    /// Entries that are dead, oldest first.
    async fn dead(&self, most: u32) -> Result<Vec<DeadOperation>, DataError>;
    /// Makes a dead entry due again; answers whether there was one.
    async fn retry(&self, fence: &Fence) -> Result<bool, DataError>;
    /// Gives a dead entry up; answers whether there was one.
    async fn forget(&self, fence: &Fence) -> Result<bool, DataError>;
    /// Forgets keys past their life, and finished transactions decided before `before` with nothing pending or dead.
    async fn clean(&self, before: Timestamp) -> Result<u64, DataError>;
    /// Tells the gauges how much waits and how old the oldest is.
    async fn measure(&self) -> Result<(), DataError>;
}

/// Why a change was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The store may take it later.
    #[error("{code}")]
    Later {
        /// A code for the operator, nothing of the content.
        code: String,
        /// Why.
        #[source]
        source: Option<Source>,
    },
    /// The store will never take it.
    #[error("{code}")]
    Never {
        /// A code for the operator, nothing of the content.
        code: String,
    },
}

/// A store beside PostgreSQL.
#[async_trait]
pub trait Participant: Send + Sync {
    /// Makes sure that the store can be reached now.
    async fn reach(&self) -> Result<(), DataError>;
    /// Proves as far as reading can that these changes, one after the other, can be applied. MUST change nothing. The error names the
    /// place of the change it is about.
    async fn check(&self, writes: &[&StoreWrite]) -> Result<(), (usize, DataError)>;
    /// Applies a change; once in effect, however often it is called with the same fence. The answer is what the client may be shown.
    async fn apply(&self, write: &StoreWrite, fence: &Fence) -> Result<Option<serde_json::Value>, ApplyError>;
}

/// The rows of `users`, one for each account that uses this service.
#[async_trait]
pub trait OwnerRows: Send + Sync {
    /// Whether the owner has a row with this role already.
    async fn is_there(&self, owner: Uuid, role: &str) -> Result<bool, DataError>;
    /// Makes the row, with a password hash nothing matches, or corrects its role. MUST take an address of its own making, unique to the
    /// owner, when this one belongs to another row.
    async fn make(&self, owner: Uuid, role: &str, email: &str) -> Result<(), DataError>;
}

/// The addresses of accounts, which identity keeps.
#[async_trait]
pub trait AccountEmails: Send + Sync {
    /// The account's address; none when the account is gone.
    async fn email_of(&self, account: UserId) -> Result<Option<Email>, StoreError>;
}

/// Where what operators decide is written down.
#[async_trait]
pub trait OperatorTrail: Send + Sync {
    /// Keeps who decided what about which operation; nobody's account for the operator's command line.
    async fn write_down(&self, actor: Option<UserId>, action: &'static str, subject: String) -> Result<(), DataError>;
}
