//! The SQLite store: the contract of its ports, and what is particular to it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audit;
mod backup;
mod challenge;
mod concurrency;
mod contract;
mod corruption;
mod durability;
mod inspection;
mod migrations;
mod opening;
mod plans;
mod wake_ups;
