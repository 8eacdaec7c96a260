//! The embedded default store: every port of the domain that keeps data, on one SQLite file.
//!
//! # One writer, pooled readers
//! SQLite lets one connection write at a time and, in WAL mode, any number read beside it without either waiting. So this store has one
//! writing connection, and every unit of work is an immediate transaction on it: within the process writers queue for the connection in
//! the order they came, in async code, rather than spin on SQLite's lock and fail with `SQLITE_BUSY`; and a transaction that holds the
//! lock from its beginning never has to be given up half-way because another wrote what it had read. Queries outside units of work run
//! on read-only connections, one per core and some spare, and never wait for a writer. A second process on the same file (a worker) has
//! its own writer; the two take turns under SQLite's lock, for at most five seconds.
//!
//! A unit of work must not wait for another one of the same process: there is one writer, so it would wait for itself.
//!
//! # Map
//! `store` opens the file and holds the connections, `migrations` the schema, `transaction` the unit of work, `watcher` hears of what other processes wrote,
//! `backup` copies the file and the objects beside it and puts them back, `row` reads columns, `page` pages. Folders and files are named as the domain's features.

mod audit;
mod backup;
mod challenge;
mod error;
mod events;
mod idempotency;
mod identity;
mod inspection;
mod jobs;
mod migrations;
mod page;
mod row;
mod store;
mod telemetry;
mod transaction;
mod watcher;
mod wearit;

pub use backup::EmbeddedBackups;
pub use error::ConnectError;
pub use inspection::TableSize;
pub use store::{PoolStats, SqliteStore};
