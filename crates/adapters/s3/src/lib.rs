//! The distributed object store: S3 and what speaks its protocol.
//!
//! [`S3ObjectStore`] implements [`ObjectStore`](atelier_domain::kernel::ObjectStore) on the AWS SDK. What is particular to S3 is beside
//! the port: preparing a bucket ([`setup`]), listing every version and adding up what is stored ([`inventory`]).
//!
//! | module | what |
//! | --- | --- |
//! | `settings` | where the bucket is, and how long to wait for it |
//! | `client` | the SDK's client as this crate wants it |
//! | `connect` | the check at start, with advice |
//! | `store` | the port |
//! | `ordering` | listings in key order |
//! | `upload` | one request or several parts |
//! | `erasure` | deleting a prefix with every version in it |
//! | `presigning` | URLs that open one object |
//! | `fault` | what went wrong, as the port's errors |
//! | `telemetry` | metrics and log lines |

mod client;
mod connect;
mod erasure;
mod fault;
pub mod inventory;
mod ordering;
mod presigning;
mod settings;
pub mod setup;
mod store;
mod telemetry;
mod upload;

pub use atelier_breaker::BreakerSettings;
pub use connect::ConnectError;
pub use settings::{S3Settings, Timeouts};
pub use store::S3ObjectStore;
