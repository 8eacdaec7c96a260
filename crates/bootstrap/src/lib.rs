//! Wires the product: settings → adapters → services → HTTP surface and worker. The only crate that names every adapter.

mod administration;
pub mod config;
mod embedded;
mod gauges;
mod health;
mod process;
mod services;
mod telemetry;
pub mod worker;

pub use administration::{AdminCommand, administer};
pub use embedded::{Embedded, StartError};
pub use process::{exit_with, serve, work};
pub use services::{Parts, Services};
pub use telemetry::start_logging;
