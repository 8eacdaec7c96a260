//! Transactions over PostgreSQL and Redis, on real servers.

mod crashes;
mod idempotency;
mod invariants;
mod outbox;
mod proxy;
mod rules;
mod vectors;
pub(crate) mod world;
