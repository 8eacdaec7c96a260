//! Backups: whole, sealed, restored and compared, and one task at a time.

mod restores;
mod tampering;
mod tasks;
mod whole;
mod world;
