//! What can come of a body use case.

use crate::kernel::{Coded, ErrorKind, FieldError, IdempotencyError, ImageError, Invalid, ObjectStoreError, StoreError};
use crate::wearit::quotas::QuotaExceeded;
use crate::wearit::uploads::UploadError;

/// The business outcomes of a body use case.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The input breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// No such thing, or somebody else's.
    #[error("not found")]
    NotFound,
    /// The upload to be used is not there.
    #[error("the upload does not exist, has expired, or its file was not put yet")]
    UploadNotReady,
    /// The idempotency key was used with another content.
    #[error("this Idempotency-Key was used with another content: use a new key")]
    IdempotencyMismatch,
    /// The storage is used up.
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    /// The image was not taken.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The object store failed.
    #[error("the object store failed")]
    Objects(#[from] ObjectStoreError),
}

impl From<IdempotencyError> for BodyError {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::Mismatch => Self::IdempotencyMismatch,
            IdempotencyError::Store(error) => Self::Store(error),
        }
    }
}

impl BodyError {
    /// The store's error, when that is what happened: for [`crate::kernel::retry_on_contention`].
    pub(super) fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<UploadError> for BodyError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Invalid(error) => Self::Invalid(error),
            UploadError::NotFound => Self::NotFound,
            UploadError::UploadNotReady => Self::UploadNotReady,
            UploadError::IdempotencyMismatch => Self::IdempotencyMismatch,
            UploadError::Store(error) => Self::Store(error),
            UploadError::Objects(error) => Self::Objects(error),
        }
    }
}

impl Coded for BodyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::UploadNotReady => ErrorKind::Invalid,
            Self::IdempotencyMismatch => ErrorKind::IdempotencyMismatch,
            Self::Quota(exceeded) => exceeded.kind(),
            Self::Image(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Objects(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::UploadNotReady => "UPLOAD_NOT_READY",
            Self::IdempotencyMismatch => "IDEMPOTENCY_MISMATCH",
            Self::Quota(_) => QuotaExceeded::CODE,
            Self::Image(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Objects(error) => error.code(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(Invalid(fields)) => fields,
            _ => &[],
        }
    }

    fn details(&self) -> Option<serde_json::Value> {
        match self {
            Self::Quota(exceeded) => Some(exceeded.details()),
            _ => None,
        }
    }
}
