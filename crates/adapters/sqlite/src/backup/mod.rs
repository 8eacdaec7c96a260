//! Backup and restore of the embedded store: the database file, and the object files that only this machine has.
//!
//! The database is copied by `VACUUM INTO`, of one instant and beside running processes. Object files are linked (they are replaced, never
//! changed) before it and again after it: whatever file a row of the copy names was there at one of the two times, unless it was made and
//! deleted in between. The secrets of the installation (`DATA_DIR/secrets`) are not in a backup: whoever finds one must not be able to sign
//! tokens. Without them a restored installation makes new ones, and everybody signs in again.
//!
//! `engine` is the trait, `copy` takes, `inspect` checks a copy, `place` puts one into a data directory.

mod copy;
mod engine;
mod inspect;
mod place;

pub use engine::EmbeddedBackups;
