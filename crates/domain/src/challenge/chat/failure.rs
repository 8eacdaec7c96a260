//! The canonical chat errors: who is at fault, whether another try can help, what can be done.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::kernel::{Coded, ErrorKind};

/// The text names no kind of chat error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of chat error")]
pub struct UnknownChatErrorKind;

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The person's input: another prompt is needed.
    Input,
    /// The provider's.
    Provider,
    /// The operator's: keys, credit, the table of models.
    Operator,
}

/// What went wrong, in the words every provider's errors are mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChatErrorKind {
    /// Too many requests or tokens in a while; waiting helps.
    RateLimited,
    /// The account's credit or budget is used up; waiting does not help.
    QuotaExhausted,
    /// The provider has no capacity for anybody just now.
    Overloaded,
    /// The provider failed in itself.
    ProviderFailed,
    /// Messages and answer do not fit the model's context window.
    ContextTooLong,
    /// The content was refused.
    ContentFiltered,
    /// The provider does not take a parameter that was sent.
    BadRequest,
    /// The key is missing, wrong, or without the right.
    Authentication,
    /// The provider has no such model, or not for this account.
    ModelNotFound,
    /// The provider cannot be reached.
    Unreachable,
    /// No connection in time.
    ConnectTimeout,
    /// Connected, but no first piece of an answer in time.
    FirstTokenTimeout,
    /// The answer began and then nothing came for too long.
    IdleTimeout,
    /// The answer was cut off: neither an end nor a reason for one.
    Truncated,
    /// What came back is no chat answer.
    Protocol,
}

impl ChatErrorKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::RateLimited,
        Self::QuotaExhausted,
        Self::Overloaded,
        Self::ProviderFailed,
        Self::ContextTooLong,
        Self::ContentFiltered,
        Self::BadRequest,
        Self::Authentication,
        Self::ModelNotFound,
        Self::Unreachable,
        Self::ConnectTimeout,
        Self::FirstTokenTimeout,
        Self::IdleTimeout,
        Self::Truncated,
        Self::Protocol,
    ];

    /// The kind on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RateLimited => "MODEL_RATE_LIMITED",
            Self::QuotaExhausted => "MODEL_QUOTA_EXHAUSTED",
            Self::Overloaded => "MODEL_OVERLOADED",
            Self::ProviderFailed => "MODEL_FAILED",
            Self::ContextTooLong => "CONTEXT_TOO_LONG",
            Self::ContentFiltered => "CONTENT_FILTERED",
            Self::BadRequest => "MODEL_BAD_REQUEST",
            Self::Authentication => "MODEL_AUTHENTICATION",
            Self::ModelNotFound => "MODEL_NOT_FOUND",
            Self::Unreachable => "MODEL_UNREACHABLE",
            Self::ConnectTimeout => "MODEL_CONNECT_TIMEOUT",
            Self::FirstTokenTimeout => "MODEL_FIRST_TOKEN_TIMEOUT",
            Self::IdleTimeout => "MODEL_IDLE_TIMEOUT",
            Self::Truncated => "MODEL_TRUNCATED",
            Self::Protocol => "MODEL_PROTOCOL",
        }
    }

    /// Whose fault it is.
    pub fn fault(self) -> Fault {
        match self {
            Self::ContextTooLong | Self::ContentFiltered => Fault::Input,
            Self::QuotaExhausted | Self::BadRequest | Self::Authentication | Self::ModelNotFound => Fault::Operator,
            Self::RateLimited
            | Self::Overloaded
            | Self::ProviderFailed
            | Self::Unreachable
            | Self::ConnectTimeout
            | Self::FirstTokenTimeout
            | Self::IdleTimeout
            | Self::Truncated
            | Self::Protocol => Fault::Provider,
        }
    }

    /// Whether the same request may succeed later.
    pub fn retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::Overloaded
                | Self::ProviderFailed
                | Self::Unreachable
                | Self::ConnectTimeout
                | Self::FirstTokenTimeout
                | Self::IdleTimeout
                | Self::Truncated
        )
    }

    /// What the person who wrote the prompt can do.
    pub fn advice(self) -> &'static str {
        match self {
            Self::RateLimited | Self::Overloaded => "The model is busy. Wait a little and send the message again.",
            Self::ProviderFailed | Self::Unreachable | Self::ConnectTimeout | Self::FirstTokenTimeout => {
                "The model does not answer at the moment. Try again in a minute, or choose another model."
            }
            Self::IdleTimeout | Self::Truncated => {
                "The answer was cut off. What had arrived is kept; send the message again for a whole one."
            }
            Self::ContextTooLong => "The conversation is too long for this model. Shorten the message, or begin a new conversation.",
            Self::ContentFiltered => "The model's provider refused the content. Write the message differently.",
            Self::QuotaExhausted | Self::BadRequest | Self::Authentication | Self::ModelNotFound | Self::Protocol => {
                "This model cannot be used at the moment; its operator has to act. Choose another model."
            }
        }
    }
}

impl fmt::Display for ChatErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ChatErrorKind {
    type Err = UnknownChatErrorKind;
    fn from_str(text: &str) -> Result<Self, UnknownChatErrorKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownChatErrorKind)
    }
}

/// Why there is no answer, or no more of one. What had arrived before was delivered as events and stays good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}{}{}", .status.map(|status| format!(" (HTTP {status})")).unwrap_or_default(), if .detail.is_empty() { String::new() } else { format!(": {}", .detail) })]
pub struct ChatError {
    /// What went wrong.
    pub kind: ChatErrorKind,
    /// The provider's HTTP status, when it answered at all.
    pub status: Option<u16>,
    /// The provider's finer word, e.g. `insufficient_quota`; empty when it has none.
    pub reason: String,
    /// What the provider said: for the log, never for a client. Holds neither key nor prompt that we know of.
    pub detail: String,
    /// How long the provider asks to wait.
    pub retry_after: Option<Duration>,
    /// Whether the provider took the request before it failed, or may have: then its prompt may have been paid for.
    pub accepted: bool,
}

impl ChatError {
    /// An error of this kind of a request that the provider did not take.
    pub fn refused(kind: ChatErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, status: None, reason: String::new(), detail: detail.into(), retry_after: None, accepted: false }
    }

    /// An error of this kind of a request that the provider took, or may have taken.
    pub fn accepted(kind: ChatErrorKind, detail: impl Into<String>) -> Self {
        Self { accepted: true, ..Self::refused(kind, detail) }
    }
}

impl Coded for ChatError {
    fn kind(&self) -> ErrorKind {
        match self.kind {
            ChatErrorKind::ContextTooLong | ChatErrorKind::ContentFiltered => ErrorKind::Invalid,
            ChatErrorKind::ConnectTimeout | ChatErrorKind::FirstTokenTimeout | ChatErrorKind::IdleTimeout => ErrorKind::Timeout,
            _ => ErrorKind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        self.kind.as_str()
    }

    fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after.map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    }
}
