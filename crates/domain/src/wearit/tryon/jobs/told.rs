//! What people are told when a run itself finds the reason why there is no picture.

use crate::kernel::{JobError, Source};
use crate::wearit::tryon::{FailureCode, ProviderFailure, TryOnFailure};

/// What the person is told when the job is given up.
pub(super) fn failure_of(error: &JobError) -> TryOnFailure {
    let source = match error {
        JobError::Retry { source, .. } | JobError::Fail(source) => Some(source),
        JobError::LeaseLost | JobError::Interrupted => None,
    };
    match source.and_then(|source| source.downcast_ref::<ProviderFailure>()) {
        Some(ProviderFailure::Failed { failure, .. }) => failure.clone(),
        _ => TryOnFailure::new(
            FailureCode::ProviderError,
            "gave_up",
            "the picture could not be made after several tries",
            "ask for it again in a while",
        ),
    }
}

pub(super) fn retry(source: Source) -> JobError {
    JobError::Retry { source, after: None }
}

pub(super) fn missing(reason: &str, message: &str) -> TryOnFailure {
    TryOnFailure::new(FailureCode::InputUnreadable, reason, message, "upload the picture again and ask for a new try-on")
}

/// Nobody knows whether the provider took the request: it is not sent again, since it may have been paid for.
pub(super) fn ambiguous() -> TryOnFailure {
    TryOnFailure::new(
        FailureCode::ProviderTimeout,
        "ambiguous_submit",
        "the engine's answer never arrived, so nobody knows whether it works on the picture",
        "ask for it again: POST /api/v1/tryon/{id}/retry",
    )
}

pub(super) fn no_provider() -> TryOnFailure {
    TryOnFailure::new(
        FailureCode::ProviderError,
        "no_provider",
        "no try-on engine serves this request any more",
        "see GET /api/v1/tryon/capabilities",
    )
}
