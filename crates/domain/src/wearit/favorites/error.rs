//! What can come of a favourites use case.

use crate::kernel::{Coded, ErrorKind, FieldError, IdempotencyError, Invalid, ObjectStoreError, StoreError};

/// The business outcomes of a favourites use case.
#[derive(Debug, thiserror::Error)]
pub enum FavoriteError {
    /// The input breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// No such thing, or somebody else's.
    #[error("not found")]
    NotFound,
    /// Marked before.
    #[error("this try-on is a favourite already")]
    AlreadyFavorite,
    /// The idempotency key was used with another content.
    #[error("this Idempotency-Key was used with another content: use a new key")]
    IdempotencyMismatch,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The object store failed.
    #[error("the object store failed")]
    Objects(#[from] ObjectStoreError),
}

impl From<IdempotencyError> for FavoriteError {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::Mismatch => Self::IdempotencyMismatch,
            IdempotencyError::Store(error) => Self::Store(error),
        }
    }
}

impl FavoriteError {
    /// The store's error, when that is what happened: for [`crate::kernel::retry_on_contention`].
    pub(super) fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl Coded for FavoriteError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::AlreadyFavorite => ErrorKind::Conflict,
            Self::IdempotencyMismatch => ErrorKind::IdempotencyMismatch,
            Self::Store(error) => error.kind(),
            Self::Objects(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::NotFound => "NOT_FOUND",
            Self::AlreadyFavorite => "ALREADY_FAVORITE",
            Self::IdempotencyMismatch => "IDEMPOTENCY_MISMATCH",
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
}
