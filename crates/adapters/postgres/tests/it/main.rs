//! PostgreSQL as the Core Database Service uses it, on the real server of `TEST_POSTGRES_URL` and, where it says so, on
//! `TEST_POSTGRES15_URL`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "the test servers' addresses come from the environment")]

mod backups;
mod database;
mod differential;
mod isolation;
mod leases;
mod migrations;
mod queries;
mod search;
mod tenants;
mod transactions;
