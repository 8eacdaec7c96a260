//! What can come of a use case of Prompt Challenge.

use serde_json::json;

use crate::kernel::{Coded, ErrorKind, EvaluationId, FieldError, IdempotencyError, Invalid, StoreError};

use super::chat::{ChatError, NoSuchModel};
use super::enrolments::{QuotaExceeded, QuotaKind};
use super::hackathons::{HackathonStatus, InvalidTransition};

/// The business outcomes of the context's use cases.
#[derive(Debug, thiserror::Error)]
pub enum ChallengeError {
    /// The input breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Known, but not allowed.
    #[error("this needs the role {0}")]
    Forbidden(&'static str),
    /// No such thing, or somebody else's.
    #[error("not found")]
    NotFound,
    /// The person has not agreed to the processing of the data, or took the agreement back.
    #[error("taking part needs your consent: PUT /api/v1/participants/me/consent")]
    ConsentRequired,
    /// No provider serves the model.
    #[error(transparent)]
    NoSuchModel(#[from] NoSuchModel),
    /// The transition is not in the table, or its guard forbids it.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// The hackathon is not open.
    #[error("the hackathon is {status}: {reason}")]
    Closed {
        /// Its status.
        status: HackathonStatus,
        /// What that means for what was asked.
        reason: &'static str,
    },
    /// Another prompt of this conversation is being answered.
    #[error("an answer of this conversation is on its way: wait for its end, or stop it")]
    Busy,
    /// The conversation takes no more prompts.
    #[error("{0}")]
    InvalidState(&'static str),
    /// The quota is used up, or what is left of it is too little for an answer.
    #[error(transparent)]
    Quota(#[from] QuotaExceeded),
    /// This examiner has graded this conversation already.
    #[error("you have evaluated this conversation already: change that evaluation")]
    AlreadyEvaluated {
        /// The evaluation there is.
        existing: Option<EvaluationId>,
    },
    /// Somebody changed it since it was read.
    #[error("it was changed since you read it: read it again and send its present version in If-Match")]
    Stale {
        /// The present version.
        version: u32,
    },
    /// As many examiners as needed have the conversation already.
    #[error("enough examiners have this conversation")]
    Claimed,
    /// The model did not answer. What the provider said is in the log only.
    #[error("{}", .0.kind.advice())]
    Chat(ChatError),
    /// The idempotency key was used with another content.
    #[error("this Idempotency-Key was used with another content: use a new key")]
    IdempotencyMismatch,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl From<ChatError> for ChallengeError {
    fn from(error: ChatError) -> Self {
        Self::Chat(error)
    }
}

impl From<IdempotencyError> for ChallengeError {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::Mismatch => Self::IdempotencyMismatch,
            IdempotencyError::Store(error) => Self::Store(error),
        }
    }
}

impl ChallengeError {
    /// The store's error, when that is what happened: for [`crate::kernel::retry_on_contention`].
    pub(super) fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }

    /// What is used up, when a quota is.
    pub fn quota(&self) -> Option<QuotaKind> {
        match self {
            Self::Quota(exceeded) => Some(exceeded.quota),
            _ => None,
        }
    }
}

impl Coded for ChallengeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) | Self::NoSuchModel(_) => ErrorKind::Invalid,
            Self::Forbidden(_) | Self::ConsentRequired => ErrorKind::Forbidden,
            Self::NotFound => ErrorKind::NotFound,
            Self::Transition(_)
            | Self::Closed { .. }
            | Self::Busy
            | Self::InvalidState(_)
            | Self::AlreadyEvaluated { .. }
            | Self::Stale { .. }
            | Self::Claimed => ErrorKind::Conflict,
            Self::Quota(_) => ErrorKind::RateLimited,
            Self::Chat(error) => error.kind(),
            Self::IdempotencyMismatch => ErrorKind::IdempotencyMismatch,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::ConsentRequired => "CONSENT_REQUIRED",
            Self::NoSuchModel(_) => "MODEL_NOT_SUPPORTED",
            Self::Transition(_) => "INVALID_TRANSITION",
            Self::Closed { .. } => "HACKATHON_CLOSED",
            Self::Busy => "CONVERSATION_BUSY",
            Self::InvalidState(_) => "INVALID_STATE",
            Self::Quota(_) => "QUOTA_EXCEEDED",
            Self::AlreadyEvaluated { .. } => "EVALUATION_EXISTS",
            Self::Stale { .. } => "PRECONDITION_FAILED",
            Self::Claimed => "ALREADY_CLAIMED",
            Self::Chat(error) => error.code(),
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

    fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::Chat(error) => error.retry_after_seconds(),
            _ => None,
        }
    }

    fn details(&self) -> Option<serde_json::Value> {
        match self {
            Self::Quota(exceeded) => Some(json!({
                "quota": exceeded.quota.as_str(),
                "limit": exceeded.limit,
                "used": exceeded.used,
                "reserved": exceeded.reserved,
                "remaining": exceeded.remaining(),
                "needed": exceeded.needed,
            })),
            Self::Transition(InvalidTransition { from, to, .. }) => {
                let allowed: Vec<&str> = from.next().iter().map(|status| status.as_str()).collect();
                Some(json!({ "from": from.as_str(), "to": to.as_str(), "allowed": allowed }))
            }
            Self::AlreadyEvaluated { existing: Some(id) } => Some(json!({ "evaluationId": id.to_string() })),
            Self::Stale { version } => Some(json!({ "version": version })),
            _ => None,
        }
    }
}
