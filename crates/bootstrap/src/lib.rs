//! Wires the product: settings → adapters → services → HTTP surface and worker. The only crate that names every adapter.

pub mod config;
mod embedded;
mod health;
mod services;
mod telemetry;
pub mod worker;

pub use embedded::{Embedded, StartError};
pub use services::{Parts, Services};
pub use telemetry::{metrics_address, start_logging, start_metrics};
