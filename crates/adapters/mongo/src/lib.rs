//! The distributed store: every port of the domain that keeps data, on a MongoDB replica set, for any number of processes.
//!
//! # Units of work
//! A unit of work is a transaction with snapshot reads and majority writes. MongoDB refuses two transactions that write one document, but
//! lets two pass that read what the other writes. So whatever a unit of work reads by its key it also writes: the counter `locks` of the
//! document grows (`document::LOCKS`). Two units of work that read one account, garment, body, try-on or session therefore conflict
//! whenever one of them is not done yet, and what a use case checked still holds when it commits. The other one is answered with
//! [`StoreError::Contention`](atelier_domain::kernel::StoreError::Contention), after a pause that keeps contenders apart.
//! Where nothing is read by its key, unique indexes (numbering of events, unique keys) or a document of `guards` make the conflict.
//!
//! # Waking
//! Who waits for jobs or events is woken by commits of its own process at once and by those of others through two change streams per
//! process (jobs, events), opened when first waited for and resumed after a failover.
//!
//! # Map
//! `connection` opens the client and refuses what cannot work, `store` holds it, `transaction` is the unit of work and `statements` what
//! both can do; `indexes` is the one table of indexes, `index_report` compares it with the server, `migrations` and `migration_lock` bring
//! a database up to date, `adoption` completes documents of another program, `administration` is what an operator's command calls; `change_streams` hears of what other processes wrote;
//! `monitoring` and `slow_commands` listen to the driver; `backup` writes the database down and
//! reads it back; `document` reads and writes fields, `page` pages. Folders and files are named as
//! the domain's features.

mod administration;
mod adoption;
mod audit;
mod backup;
mod challenge;
mod change_streams;
mod collections;
mod connection;
mod document;
mod error;
mod events;
mod idempotency;
mod identity;
mod index_report;
mod indexes;
mod inspection;
mod jobs;
mod migration_lock;
mod migrations;
mod monitoring;
mod page;
mod slow_commands;
mod statements;
mod store;
mod telemetry;
mod transaction;
mod wearit;

pub use administration::MongoAdministration;
pub use backup::MongoBackups;
pub use connection::MongoOptions;
pub use error::ConnectError;
pub use index_report::{IndexDrift, UnusedIndex};
pub use inspection::CollectionSize;
pub use migrations::{MigrationError, MigrationStatus};
pub use monitoring::PoolStats;
pub use store::MongoStore;
