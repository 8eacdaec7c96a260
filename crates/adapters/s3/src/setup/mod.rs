//! Preparing a bucket, for `storage setup` (checklist W208–W216, W224–W232, CW22, CW29).
//!
//! [`apply`] brings the bucket into the state the storage document describes, [`verify`] tells what differs; both go on where a server
//! does not know a request, and say so in the [`SetupReport`]. The documents that only an account's administrator can put to use are in
//! [`documents`].

mod access;
mod cors;
pub mod documents;
mod lifecycle;
mod report;
mod steps;
mod versioning;

pub use cors::{InvalidOrigin, PLACEHOLDER_ORIGIN};
pub use report::{Outcome, SetupReport, Step};
pub use steps::{SetupSettings, apply, verify};
