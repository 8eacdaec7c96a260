//! Transactions: the commit that decides, the log of decisions, the outbox of what follows.
//!
//! `session` is one request's transaction and its decision, `write` its statements, `claims` the idempotency keys, `doubts` commits whose answer was lost, `log` what became of
//! transactions, `outbox` what is yet to be applied, `owners` the rows of `users`, `vectors` the
//! embeddings, which follow decisions as other stores do.

mod again;
mod claims;
mod doubts;
mod log;
mod outbox;
mod owners;
mod session;
mod settling;
mod vectors;
mod write;

pub(crate) use doubts::Doubts;
pub use log::PgCoordinator;
pub use outbox::PgOutbox;
pub use owners::PgOwnerRows;
pub use vectors::PgVectorParticipant;
