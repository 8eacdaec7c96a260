//! Backups of the database: taken on a schedule or when an administrator says so, sealed, verified, and restored to prove that they can be.

mod model;
mod ports;
mod service;

pub use model::{Backup, BackupId, BackupOverview, BackupState, BackupTask, TaskKind, is_database_name};
pub use ports::BackupKeeper;
pub use service::BackupService;
