//! The migration engine: files in order, applied once each, by one run at a time.
//!
//! A run holds a table locked by a connection of its own for as long as it goes on, and each migration locks the history too, so that a
//! connection lost by a proxy in between lets no second run in. Tables of the service's own schema are nobody else's to lock. A migration that cannot run inside a transaction leaves a row that says it
//! began; a crash is seen by it.

mod apply;
mod file;
mod history;
mod migrator;

pub use file::MigrationFile;
pub use migrator::PgMigrator;
