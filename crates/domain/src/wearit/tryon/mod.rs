//! Try-ons: asking to see a garment on a person, and what comes of it.
//!
//! `model` is the try-on and its state machine, `provider` the port to whatever makes the picture, `ports` the store.

mod error;
mod failure;
mod model;
mod ports;
mod provider;

pub use error::TryOnError;
pub use failure::{FailureCode, Fault, TryOnFailure, UnknownFailureCode};
pub use model::{Attempt, AttemptOutcome, InvalidTransition, TryOn, TryOnFilter, TryOnOptions, TryOnOutcome, TryOnStatus, UnknownStatus};
pub use ports::{TryOnQueries, TryOnRepository};
pub use provider::{
    Capability, Control, ProviderFailure, ProviderImage, ProviderResult, ProgressSink, Progress, Submission, TryOnInputs, TryOnProvider,
};
