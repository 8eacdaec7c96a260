//! The built binaries, a real SQLite file, real pictures, the real engine; processes are killed. `make e2e` builds the binaries first.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a test run is configured by its environment, and its databases have names of their own")]

mod administration;
mod attacks;
mod browser;
mod challenge;
mod commands;
mod commits;
mod conformance;
mod crash;
mod database_backups;
mod dataservice;
mod disk;
mod distributed;
mod faults;
mod fleet;
mod journey;
mod kills;
mod operators;
mod process;
mod proofs;
mod servers;
mod settlement;
mod sharing;
mod stores;
mod uploads;
mod vendors;
mod webhooks;
