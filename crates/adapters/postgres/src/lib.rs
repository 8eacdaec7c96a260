//! PostgreSQL for the Core Database Service: the primary data, and the service's own state beside them.
//!
//! `pool` is the bounded pool with what it tells about itself, `session` one request's transaction in the caller's group role, `rows`
//! reads tables, `leases` hands out logins, `transactions` changes tables and remembers what has to follow elsewhere, `schema` the migrations
//! as files, `backups` keeps copies of all that. Owners are kept apart twice: by the predicate each statement carries and by row-level security behind it.

mod backups;
mod error;
mod leases;
mod migrations;
mod owned;
mod pool;
mod rows;
mod schema;
mod session;
mod transactions;
mod values;

pub use backups::{Checked, PgBackupTasks, PgBackups};
pub use error::ConnectError;
pub use leases::{InvalidLeaseUrl, PgLeases};
pub use migrations::{MigrationFile, PgMigrator};
pub use owned::PgOwnedData;
pub use pool::{PgStore, PoolSettings, PoolStats};
pub use rows::{PgRows, index_embeddings};
pub use schema::MIGRATIONS;
pub use transactions::{PgCoordinator, PgOutbox, PgOwnerRows, PgVectorParticipant};
