//! Backups of the database: `pg_dump` and `pg_restore` of the server's version or a newer one, sealed on their way to the disk.
//!
//! `login` is how programs and sessions reach the server, `databases` makes, removes and renames databases, `tools` the programs, `sealed` the sealed stream, `survey` what a database holds,
//! `dump` takes a backup, `restore` brings one back, `adopt` makes a restored database the service's own, `engine` is
//! [`BackupEngine`](atelier_backup::BackupEngine) over all that, `books` says what is under way, and `tasks` is the port
//! [`BackupKeeper`](atelier_domain::dataservice::backups::BackupKeeper).
//!
//! # What is not in a backup
//! Leases: their logins belong to the server, not to the database, and live for minutes. A restored database has none, and logins that are
//! still there are removed as strays by the next sweep. Large objects, default privileges, publications and subscriptions: the service has
//! none, and whoever holds a lease could make some of them.

mod adopt;
mod books;
mod databases;
mod dump;
mod engine;
mod login;
mod overview;
mod restore;
mod sealed;
mod survey;
mod tasks;
mod tools;

pub use engine::{Checked, PgBackups};
pub use tasks::PgBackupTasks;
