//! The MongoDB store: the contract of its ports, and what is particular to it. Needs `TEST_MONGODB_URI`, some tests `TEST_MONGOD` too.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audit;
mod backup;
mod challenge;
mod concurrency;
mod contract;
mod documents;
mod indexes;
mod log;
mod migrations;
mod monitoring;
mod opening;
mod place;
mod plans;
mod server;
mod transactions;
mod wake_ups;
