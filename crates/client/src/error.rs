//! What can go wrong between a caller and the service.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value as Json;

/// A cause of any kind.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// The service answered, and did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code} ({status}, {request_id}): {message}")]
#[non_exhaustive]
pub struct ServiceError {
    /// The HTTP status.
    pub status: u16,
    /// The stable code to match on, e.g. `OWNERSHIP_VIOLATION`.
    pub code: String,
    /// What happened and what to do, for a person.
    pub message: String,
    /// Further facts, a JSON object.
    pub details: Json,
    /// The request's id, which the service's log has too.
    pub request_id: String,
    /// When to come again.
    pub retry_after: Option<Duration>,
}

/// A call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The service refused, or failed by itself.
    #[error(transparent)]
    Service(Box<ServiceError>),
    /// No answer: no connection, a connection lost, or the time limit reached. Whether the call was carried out is not known.
    #[error("the service did not answer ({request_id})")]
    Transport {
        /// The request's id.
        request_id: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// An answer that is not the service's: a proxy's page, for example.
    #[error("the answer to {request_id} cannot be read (status {status})")]
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// The request's id.
        request_id: String,
        /// Why.
        #[source]
        source: Source,
    },
    /// The token provider has no token.
    #[error("there is no token")]
    Token(#[source] Source),
    /// What was asked for cannot be written as a request.
    #[error("the request cannot be written")]
    Request(#[source] Source),
}

impl Error {
    /// What the service said, when it said something.
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            Self::Service(error) => Some(error),
            _ => None,
        }
    }

    /// The stable code, when the service answered.
    pub fn code(&self) -> Option<&str> {
        Some(self.service()?.code.as_str())
    }

    /// The id of the request in the service's log, when one was sent.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Service(error) => Some(&error.request_id),
            Self::Transport { request_id, .. } | Self::Unreadable { request_id, .. } => Some(request_id),
            Self::Token(_) | Self::Request(_) => None,
        }
    }

    /// When the service wants to be asked again.
    pub fn retry_after(&self) -> Option<Duration> {
        self.service()?.retry_after
    }

    /// Whether the same call may succeed a little later. Sending it again is safe for calls that repeat nothing: reads, and what is done
    /// under an idempotency key.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Transport { .. } => true,
            Self::Service(error) => match error.status {
                // What is not configured will not be in a second.
                503 => error.code != "NOT_CONFIGURED" && error.retry_after.is_some(),
                // An earlier try of this very call is still being carried out.
                409 => error.code == "IDEMPOTENCY_IN_PROGRESS",
                429 => error.code == "RATE_LIMITED" && error.retry_after.is_some(),
                _ => false,
            },
            // A proxy before the service that has nothing behind it at the moment.
            Self::Unreadable { status, .. } => matches!(status, 502..=504),
            Self::Token(_) | Self::Request(_) => false,
        }
    }
}

/// The one shape of errors on the wire.
#[derive(Deserialize)]
pub(crate) struct ErrorBody {
    pub(crate) error: ErrorDetail,
}

#[derive(Deserialize)]
pub(crate) struct ErrorDetail {
    pub(crate) code: String,
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) details: Json,
    pub(crate) request_id: String,
}
