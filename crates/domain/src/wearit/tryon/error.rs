//! What can come of a try-on use case.

use crate::kernel::{Coded, ErrorKind, FieldError, IdempotencyError, Invalid, ObjectStoreError, StoreError, TryOnId};
use crate::wearit::quotas::QuotaExceeded;

/// The business outcomes of a try-on use case.
#[derive(Debug, thiserror::Error)]
pub enum TryOnError {
    /// The input breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// No such thing, or somebody else's.
    #[error("not found")]
    NotFound,
    /// The idempotency key was used with another content.
    #[error("this Idempotency-Key was used with another content: use a new key")]
    IdempotencyMismatch,
    /// There is no body photo.
    #[error("upload a body photo first: PUT /api/v1/body with an image")]
    BodyPhotoRequired,
    /// Consent is missing or of an older version.
    #[error("consent to photo processing is needed first: PUT /api/v1/users/me/consent")]
    ConsentRequired,
    /// A provider that charges would be asked in vain.
    #[error(
        "the body photo cannot be used ({finding}): upload another one with PUT /api/v1/body, of one person, whole, sharp, facing the camera"
    )]
    PhotoNotUsable {
        /// What was found on the photo.
        finding: String,
    },
    /// A provider that charges makes the same picture already.
    #[error("the same try-on is under way: see GET /api/v1/tryon/{0}")]
    Duplicate(TryOnId),
    /// The day's try-ons or the storage are used up.
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    /// The state machine forbids it.
    #[error("the state of this try-on does not allow it")]
    InvalidState,
    /// No provider serves the category.
    #[error("no try-on engine serves this category of garment: see GET /api/v1/tryon/capabilities")]
    CategoryNotSupported,
    /// No provider supports an option.
    #[error("no try-on engine supports this option: see GET /api/v1/tryon/capabilities")]
    OptionNotSupported,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The object store failed.
    #[error("the object store failed")]
    Objects(#[from] ObjectStoreError),
}

impl From<IdempotencyError> for TryOnError {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::Mismatch => Self::IdempotencyMismatch,
            IdempotencyError::Store(error) => Self::Store(error),
        }
    }
}

impl Coded for TryOnError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::IdempotencyMismatch => ErrorKind::IdempotencyMismatch,
            Self::BodyPhotoRequired => ErrorKind::Conflict,
            Self::ConsentRequired => ErrorKind::Forbidden,
            Self::PhotoNotUsable { .. } | Self::Duplicate(_) => ErrorKind::Conflict,
            Self::Quota(exceeded) => exceeded.kind(),
            Self::InvalidState => ErrorKind::Conflict,
            Self::CategoryNotSupported => ErrorKind::Invalid,
            Self::OptionNotSupported => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
            Self::Objects(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::IdempotencyMismatch => "IDEMPOTENCY_MISMATCH",
            Self::BodyPhotoRequired => "BODY_PHOTO_REQUIRED",
            Self::ConsentRequired => "CONSENT_REQUIRED",
            Self::PhotoNotUsable { .. } => "PHOTO_NOT_USABLE",
            Self::Duplicate(_) => "DUPLICATE_TRYON",
            Self::Quota(_) => QuotaExceeded::CODE,
            Self::InvalidState => "INVALID_STATE",
            Self::CategoryNotSupported => "CATEGORY_NOT_SUPPORTED",
            Self::OptionNotSupported => "OPTION_NOT_SUPPORTED",
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

    fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::Quota(exceeded) => exceeded.retry_after,
            _ => None,
        }
    }

    fn details(&self) -> Option<serde_json::Value> {
        match self {
            Self::Quota(exceeded) => Some(exceeded.details()),
            _ => None,
        }
    }
}

impl From<super::InvalidTransition> for TryOnError {
    fn from(_transition: super::InvalidTransition) -> Self {
        Self::InvalidState
    }
}
