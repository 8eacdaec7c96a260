//! What can go wrong, by what the caller can do about it.

use std::time::Duration;

use azure_data_cosmos::error::CosmosError as SdkError;

/// How an operation failed. No variant holds the account's key or a document.
///
/// The codes are those of the [REST API](https://learn.microsoft.com/en-us/rest/api/cosmos-db/http-status-codes-for-cosmosdb).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CosmosError {
    /// A document (or a database or container) with this id is there already: 409.
    #[error("there is a document with this id already")]
    Conflict,
    /// The document is no longer the one the ETag is of: 412.
    #[error("the document has changed since it was read")]
    PreconditionFailed,
    /// There is no such document, container or database: 404.
    #[error("there is no such document, container or database")]
    NotFound,
    /// The document or the batch is larger than Cosmos DB takes: 413, or found before sending.
    #[error("the document or batch is larger than Cosmos DB takes")]
    TooLarge,
    /// The container's throughput is used up, after the retries of the SDK: 429.
    #[error("Cosmos DB is busy")]
    Throttled {
        /// How long to wait, as the server says.
        retry_after: Option<Duration>,
    },
    /// No answer came in time, or none at all: 408, 449, 410 or 5xx. A write may have happened.
    #[error("Cosmos DB does not answer ({reason})")]
    Unavailable {
        /// What the SDK calls it.
        reason: String,
    },
    /// The key is wrong, or not allowed to do this: 401, 403.
    #[error("Cosmos DB does not accept the account's key")]
    Unauthorized,
    /// The request is one that Cosmos DB does not take, such as a query it cannot read or a document of another partition: 400 and the
    /// rest of 4xx.
    #[error("Cosmos DB rejects the request with status {status} ({reason})")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// What the SDK calls it.
        reason: String,
    },
}

impl CosmosError {
    /// The error of a status of HTTP.
    pub(crate) fn of_status(status: u16, retry_after: Option<Duration>, reason: impl FnOnce() -> String) -> Self {
        match status {
            401 | 403 => Self::Unauthorized,
            404 => Self::NotFound,
            409 => Self::Conflict,
            412 => Self::PreconditionFailed,
            413 => Self::TooLarge,
            429 => Self::Throttled { retry_after },
            408 | 410 | 449 | 500.. => Self::Unavailable { reason: reason() },
            _ => Self::Rejected { status, reason: reason() },
        }
    }

    /// The error of a query that was to go on where the caller says. What the SDK cannot read before it asks the server is that place.
    pub(crate) fn of_continuation(error: SdkError) -> Self {
        match error.status().name() {
            Some(reason @ "SerializationResponseBodyInvalid") => Self::Rejected { status: 400, reason: reason.to_owned() },
            _ => error.into(),
        }
    }

    pub(crate) fn timed_out() -> Self {
        Self::Unavailable { reason: "no answer in time".to_owned() }
    }
}

impl From<SdkError> for CosmosError {
    fn from(error: SdkError) -> Self {
        let status = error.status();
        let moved = status.is_write_forbidden() || status.is_database_account_not_found();
        if moved || status.is_read_session_not_available() {
            // A region that is being left, or has not caught up: for a 403 and a 404 this is neither about the key nor about the document.
            return Self::Unavailable { reason: status.name().unwrap_or("another region").to_owned() };
        }
        let retry_after = error.response().and_then(|response| response.headers().retry_after_ms).map(Duration::from_millis);
        // The names of statuses are the SDK's constants. Its messages are not passed on: they may quote the request.
        Self::of_status(status.status_code().into(), retry_after, || match status.name() {
            Some(name) => name.to_owned(),
            None => format!(
                "{}/{}",
                u16::from(status.status_code()),
                status.sub_status().map_or_else(|| "0".to_owned(), |code| code.to_string())
            ),
        })
    }
}
