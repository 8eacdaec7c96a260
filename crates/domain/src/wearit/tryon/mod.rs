//! Try-ons: asking to see a garment on a person, and what comes of it.
//!
//! `model` is the try-on and its state machine, `attempt` one attempt with one provider, `provider` the port to whatever makes the picture and `providers` the choice among them,
//! `preflight` what is checked before money is spent, `callback` what providers tell by themselves,
//! `service` the use cases, `jobs` the way from a request to a picture.

mod attempt;
mod callback;
mod deletion;
mod error;
mod events;
mod failure;
mod jobs;
mod model;
mod ports;
mod preflight;
mod provider;
mod providers;
mod service;

pub use attempt::{Attempt, AttemptOutcome, Cost, HeardMark, MadeWith};
pub use callback::{CALLBACK_TOLERANCE, CallbackAddress, CallbackAddresses, CallbackError, CallbackMessage, Heard};
pub use error::TryOnError;
pub use failure::{FailureCode, Fault, TryOnFailure, UnknownFailureCode};
pub use jobs::{ExpireResults, ReconcileTryOns, ResultRetention, RunLimits, RunTryOn, RunnerPorts, TryOnReconciler, TryOnRunner};
pub use model::{InvalidTransition, TryOn, TryOnFilter, TryOnOptions, TryOnOutcome, TryOnStatus, UnknownStatus};
pub use ports::{ConsentCheck, ConsentState, GivenConsent, TryOnQueries, TryOnRepository};
pub use provider::{
    Capability, Control, Lookup, Progress, ProgressSink, ProviderFailure, ProviderImage, ProviderResult, Submission, TryOnInputs,
    TryOnProvider,
};
pub use providers::{ProviderChain, ServedModel, Unserved};
pub use service::{HearError, Hearing, ProviderCallbacks, RequestTryOn, TryOnService, TryOnView};
