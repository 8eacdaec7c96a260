//! The migration engine: files in order, applied once each, by one run at a time.
//!
//! A run holds a session lock on a connection of its own for as long as it goes on, and each migration takes a transaction lock too, so that
//! a session lost by a proxy in between lets no second run in. A migration that cannot run inside a transaction leaves a row that says it
//! began; a crash is seen by it.

mod apply;
mod file;
mod history;
mod migrator;

pub use file::MigrationFile;
pub use migrator::PgMigrator;
