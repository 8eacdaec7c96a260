//! Wires the product: settings → adapters → services → HTTP surface and worker. The only crate that names every adapter.

mod addresses;
mod administration;
mod allocator;
mod backups;
mod challenge;
pub mod config;
mod data_directory;
mod dataservice;
mod engines;
mod process;
mod product;
mod services;
mod telemetry;
pub mod worker;

pub use administration::{
    AdminCommand, AuditCommand, BackupsCommand, DataCommand, DeadCommand, FitCommand, MigrateCommand, MigrationsCommand, StorageCommand,
    administer,
};
pub use challenge::ChallengeParts;
pub use dataservice::DataParts;
pub use process::{exit_with, serve, work, work_with};
pub use product::{Product, StartError, TryOnEngines};
pub use services::{Parts, Services, WebhookParts};
pub use telemetry::start_logging;
