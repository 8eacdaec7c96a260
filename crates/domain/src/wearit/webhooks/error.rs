//! What can come of a webhook use case.

use crate::kernel::{Coded, ErrorKind, FieldError, IdempotencyError, Invalid, StoreError};

use super::{Endpoint, TargetRefused};

/// The business outcomes of a webhook use case.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The input breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// No such thing, or somebody else's.
    #[error("not found")]
    NotFound,
    /// There are as many endpoints as a person may have.
    #[error("there are {} endpoints already: delete one first", Endpoint::MOST)]
    TooMany,
    /// A message on its way cannot be sent again, nor one to an endpoint that is disabled.
    #[error("{0}")]
    InvalidState(&'static str),
    /// The idempotency key was used with another content.
    #[error("this Idempotency-Key was used with another content: use a new key")]
    IdempotencyMismatch,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl From<IdempotencyError> for WebhookError {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::Mismatch => Self::IdempotencyMismatch,
            IdempotencyError::Store(error) => Self::Store(error),
        }
    }
}

impl From<TargetRefused> for WebhookError {
    fn from(refused: TargetRefused) -> Self {
        Self::Invalid(Invalid::field("url", refused.to_string()))
    }
}

impl WebhookError {
    /// The store's error, when that is what happened: for [`crate::kernel::retry_on_contention`].
    pub(super) fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl Coded for WebhookError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::TooMany | Self::InvalidState(_) => ErrorKind::Conflict,
            Self::IdempotencyMismatch => ErrorKind::IdempotencyMismatch,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::TooMany => "TOO_MANY_ENDPOINTS",
            Self::InvalidState(_) => "INVALID_STATE",
            Self::IdempotencyMismatch => "IDEMPOTENCY_MISMATCH",
            Self::Store(error) => error.code(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(Invalid(fields)) => fields,
            _ => &[],
        }
    }
}
