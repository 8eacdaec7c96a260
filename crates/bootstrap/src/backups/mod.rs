//! Backups of whichever store the settings name, for the operator's commands and for the schedule.

mod engine;
mod gauges;
mod inventory;
mod jobs;
#[cfg(test)]
mod tests;

pub(crate) use engine::Backups;
pub(crate) use jobs::{BackUpChanges, BackUpStore, BackupHandler, VerifyBackup};
