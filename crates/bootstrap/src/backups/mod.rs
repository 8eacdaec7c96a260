//! Backups of whichever store the settings name, and of the Core Database Service's PostgreSQL beside it (`postgres`), for the operator's
//! commands and for the schedule.

mod engine;
mod gauges;
mod inventory;
mod jobs;
mod postgres;
#[cfg(test)]
mod tests;

pub(crate) use engine::Backups;
pub(crate) use jobs::{BackUpChanges, BackUpStore, BackupHandler, VerifyBackup};
pub(crate) use postgres::{BackUpPostgres, PostgresBackupHandler, TestPostgresRestore, measure_postgres, postgres_backups};
