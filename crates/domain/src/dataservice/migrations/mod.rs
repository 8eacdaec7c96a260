//! Bringing the schema forward: files with checksums, one run at a time, a dry run that changes nothing, crashes that are seen.

mod model;
mod ports;
mod service;

pub use model::{
    AppliedMigration, DryRunOutcome, DryRunStep, MigrationRun, MigrationStatus, PendingMigration, Resolution, estimated_remaining,
};
pub use ports::Migrator;
pub use service::{MigrationService, RunAnswer};
