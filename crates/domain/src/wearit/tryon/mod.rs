//! Try-ons: asking to see a garment on a person, and what comes of it.
//!
//! `model` is the try-on and its state machine, `provider` the port to whatever makes the picture and `providers` the choice among them,
//! `service` the use cases, `jobs` the way from a request to a picture.

mod deletion;
mod error;
mod events;
mod failure;
mod jobs;
mod model;
mod ports;
mod provider;
mod providers;
mod service;

pub use error::TryOnError;
pub use failure::{FailureCode, Fault, TryOnFailure, UnknownFailureCode};
pub use jobs::{ExpireResults, ReconcileTryOns, ResultRetention, RunLimits, RunTryOn, TryOnReconciler, TryOnRunner};
pub use model::{Attempt, AttemptOutcome, InvalidTransition, TryOn, TryOnFilter, TryOnOptions, TryOnOutcome, TryOnStatus, UnknownStatus};
pub use ports::{ConsentCheck, TryOnQueries, TryOnRepository};
pub use provider::{
    Capability, Control, Lookup, Progress, ProgressSink, ProviderFailure, ProviderImage, ProviderResult, Submission, TryOnInputs,
    TryOnProvider,
};
pub use providers::{ProviderChain, ServedModel, Unserved};
pub use service::{RequestTryOn, TryOnService, TryOnView};
