//! Changing several stores at once, PostgreSQL deciding.
//!
//! The rows, one line in the log and one outbox entry for each change elsewhere are one PostgreSQL commit: that commit is the decision.
//! Before it every other store proves by reading that it can follow ([`Participant::check`]); after it the changes are only ever carried
//! forward, once in effect by a fence, by whoever gets to it first: the request itself within its time, or [`Recovery`].
//!
//! | Store | Atomic with the decision | After a crash |
//! |---|---|---|
//! | PostgreSQL | yes | nothing or all |
//! | Redis, Cosmos DB, embeddings | no: after it, in the order of the decisions for each key | applied again, once in effect |
//!
//! `model` is what a transaction is made of, `writes` its changes elsewhere, `parse` checks what clients send, `ports` is what is needed, `service` the use cases,
//! `recovery` the outbox worker and what operators do with it, `owners` the rows of `users`.

mod error;
mod model;
mod owners;
mod parse;
mod ports;
mod recovery;
mod sealed;
mod service;
mod writes;

pub use error::TransactionError;
pub use model::{
    APPLY_WITHIN, Assignment, CLAIM_IS_STALE_AFTER, Committed, Fence, Isolation, Operation, OperationResult, OperationState, SqlChange,
    SqlWrite, TransactionId, TransactionStatus,
};
pub use owners::Owners;
pub use parse::{TransactionRequest, parse_transaction};
pub use ports::{
    AccountEmails, ApplyError, Claim, Claimed, Coordinator, DeadOperation, Decision, Due, Followed, HeldClaim, Logged, NotDecided,
    OperatorTrail, Outbox, OutboxEntry, Outcome, OwnerRows, Participant, Recorded, Session, Settled, Written,
};
pub use recovery::{Recovered, Recovery};
pub use service::{Participants, TransactionPorts, Transactions};
pub use writes::{CosmosCommand, CosmosWrite, RedisCommand, RedisWrite, StoreWrite, VectorWrite};
