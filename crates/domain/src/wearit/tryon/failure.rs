//! The canonical try-on failures: who is at fault, whether another try can help, what the person can do.

use std::fmt;
use std::str::FromStr;

/// The text names no failure code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown failure code")]
pub struct UnknownFailureCode;

/// Whose fault a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The person's input: another picture is needed.
    Input,
    /// The provider's.
    Provider,
    /// The operator's: credits, configuration.
    Operator,
    /// Nobody's: it was cancelled.
    Nobody,
}

/// What went wrong, in the nine words every provider's errors are mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureCode {
    /// A picture could not be read.
    InputUnreadable,
    /// A picture or parameter is not acceptable.
    InputRejected,
    /// No usable person in the body photo.
    PoseNotFound,
    /// The content was refused.
    ContentRejected,
    /// Too busy.
    ProviderBusy,
    /// Out of credits.
    ProviderExhausted,
    /// No result in time.
    ProviderTimeout,
    /// The provider failed.
    ProviderError,
    /// Cancelled.
    Cancelled,
}

impl FailureCode {
    /// Every code.
    pub const ALL: [Self; 9] = [
        Self::InputUnreadable,
        Self::InputRejected,
        Self::PoseNotFound,
        Self::ContentRejected,
        Self::ProviderBusy,
        Self::ProviderExhausted,
        Self::ProviderTimeout,
        Self::ProviderError,
        Self::Cancelled,
    ];

    /// The code on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InputUnreadable => "INPUT_UNREADABLE",
            Self::InputRejected => "INPUT_REJECTED",
            Self::PoseNotFound => "POSE_NOT_FOUND",
            Self::ContentRejected => "CONTENT_REJECTED",
            Self::ProviderBusy => "PROVIDER_BUSY",
            Self::ProviderExhausted => "PROVIDER_EXHAUSTED",
            Self::ProviderTimeout => "PROVIDER_TIMEOUT",
            Self::ProviderError => "PROVIDER_ERROR",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whose fault it is.
    pub fn fault(self) -> Fault {
        match self {
            Self::InputUnreadable | Self::InputRejected | Self::PoseNotFound | Self::ContentRejected => Fault::Input,
            Self::ProviderBusy | Self::ProviderTimeout | Self::ProviderError => Fault::Provider,
            Self::ProviderExhausted => Fault::Operator,
            Self::Cancelled => Fault::Nobody,
        }
    }

    /// Whether the same request may succeed later.
    pub fn retryable(self) -> bool {
        matches!(self, Self::ProviderBusy | Self::ProviderTimeout | Self::ProviderError)
    }
}

impl fmt::Display for FailureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FailureCode {
    type Err = UnknownFailureCode;
    fn from_str(text: &str) -> Result<Self, UnknownFailureCode> {
        Self::ALL.into_iter().find(|code| code.as_str() == text).ok_or(UnknownFailureCode)
    }
}

/// Why a try-on did not succeed. A failure is always refunded: only completed try-ons count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TryOnFailure {
    /// What went wrong.
    pub code: FailureCode,
    /// The finer word, e.g. `several_people`, `garment_not_found`.
    pub reason: String,
    /// What happened, for a person.
    pub message: String,
    /// What the person can do.
    pub advice: String,
}

impl TryOnFailure {
    /// A failure with its texts.
    pub fn new(code: FailureCode, reason: impl Into<String>, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), message: message.into(), advice: advice.into() }
    }
}
