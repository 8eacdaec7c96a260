//! What can come of an identity use case.

use crate::kernel::{Coded, ErrorKind, FieldError, ImageError, Invalid, InvalidEmail, ObjectStoreError, PersonalDataError, StoreError};

use super::PasswordError;

/// The business outcomes of identity's use cases.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The input breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The address has an account already.
    #[error("an account with this e-mail address exists already")]
    EmailTaken,
    /// Wrong address, wrong password, or a token that is not good; the text is the source documents'.
    #[error("Could not validate credentials")]
    BadCredentials,
    /// Too many failed tries.
    #[error("too many failed attempts: try again later")]
    TooManyAttempts {
        /// Seconds until the next try is allowed.
        retry_after_seconds: u64,
    },
    /// The role is not enough.
    #[error("this needs the role admin")]
    Forbidden,
    /// No such account, session or other thing.
    #[error("not found")]
    NotFound,
    /// The reset code is wrong, used or expired.
    #[error("the code is wrong or has expired: ask for a new one")]
    ResetCodeInvalid,
    /// The magic link or verification token is wrong, used or expired.
    #[error("the link is wrong or has expired: ask for a new one")]
    LinkInvalid,
    /// The last active administrator would be gone.
    #[error("the last active administrator cannot be removed")]
    LastAdmin,
    /// The avatar was not taken.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Hashing failed or is busy.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The store failed.
    #[error("identity store")]
    Store(#[from] StoreError),
    /// The object store failed.
    #[error("identity objects")]
    Objects(#[from] ObjectStoreError),
    /// Export failed.
    #[error("personal data")]
    PersonalData(#[from] PersonalDataError),
}

impl From<InvalidEmail> for IdentityError {
    fn from(error: InvalidEmail) -> Self {
        Self::Invalid(Invalid::field("email", error.to_string()))
    }
}

impl Coded for IdentityError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) | Self::ResetCodeInvalid => ErrorKind::Invalid,
            Self::EmailTaken | Self::LastAdmin => ErrorKind::Conflict,
            Self::BadCredentials | Self::LinkInvalid => ErrorKind::Unauthenticated,
            Self::TooManyAttempts { .. } => ErrorKind::RateLimited,
            Self::Forbidden => ErrorKind::Forbidden,
            Self::NotFound => ErrorKind::NotFound,
            Self::Image(error) => error.kind(),
            Self::Password(PasswordError::Busy) => ErrorKind::Unavailable,
            Self::Password(PasswordError::Failed(_)) => ErrorKind::Internal,
            Self::Store(error) | Self::PersonalData(PersonalDataError::Store(error)) => error.kind(),
            Self::Objects(error) | Self::PersonalData(PersonalDataError::Objects(error)) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::EmailTaken => "EMAIL_TAKEN",
            Self::BadCredentials => "UNAUTHORIZED",
            Self::TooManyAttempts { .. } => "TOO_MANY_ATTEMPTS",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::ResetCodeInvalid => "RESET_CODE_INVALID",
            Self::LinkInvalid => "LINK_INVALID",
            Self::LastAdmin => "LAST_ADMIN",
            Self::Image(error) => error.code(),
            Self::Password(PasswordError::Busy) => "BUSY",
            Self::Password(PasswordError::Failed(_)) => "INTERNAL_ERROR",
            Self::Store(error) | Self::PersonalData(PersonalDataError::Store(error)) => error.code(),
            Self::Objects(error) | Self::PersonalData(PersonalDataError::Objects(error)) => error.code(),
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
            Self::TooManyAttempts { retry_after_seconds } => Some(*retry_after_seconds),
            Self::Password(PasswordError::Busy) | Self::Image(ImageError::Busy) => Some(1),
            _ => None,
        }
    }
}
