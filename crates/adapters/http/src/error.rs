//! The one mapping from what the domain says to what a client sees.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpResponse, ResponseError};
use atelier_domain::kernel::{Coded, ErrorKind, FieldError, error_chain};
use serde::Serialize;
use utoipa::ToSchema;

use crate::middleware::context;

/// An answer that is an error. 5xx carry a fixed message; the cause is in the log under the request id.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    details: serde_json::Value,
    headers: Vec<(header::HeaderName, String)>,
}

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorDetail {
    /// A stable code to match on.
    #[schema(example = "VALIDATION_ERROR")]
    code: &'static str,
    /// What happened and what to do, for a person.
    #[schema(example = "the input is invalid: name: must have 2 to 100 characters")]
    message: String,
    /// Further facts; for `VALIDATION_ERROR` the list `fields` of `{field, message}`, for `QUOTA_EXCEEDED` what is used and what is left.
    #[schema(value_type = Object)]
    details: serde_json::Value,
    /// When, RFC 3339, UTC.
    #[schema(example = "2026-11-21T10:00:00.000Z")]
    timestamp: String,
    /// The request's id, also in the header `X-Request-ID` and in the log.
    #[schema(example = "req_65f0c0ffee65f0c0ffee65f0")]
    request_id: String,
}

impl ApiError {
    /// An error the HTTP layer finds by itself.
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: serde_json::json!({}), headers: Vec::new() }
    }

    /// Invalid input: 400 with the fields at fault.
    pub(crate) fn invalid(fields: &[FieldError]) -> Self {
        let texts: Vec<_> = fields.iter().map(|f| format!("{}: {}", f.field, f.message)).collect();
        let mut error = Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", format!("the input is invalid: {}", texts.join("; ")));
        error.details = field_details(fields);
        error
    }

    /// Invalid input in one field.
    pub(crate) fn invalid_field(field: &str, message: impl Into<String>) -> Self {
        Self::invalid(&[FieldError { field: field.to_owned(), message: message.into() }])
    }

    /// No good token: the literal text of the source documents.
    pub(crate) fn unauthenticated() -> Self {
        let mut error = Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Could not validate credentials");
        error.headers.push((header::WWW_AUTHENTICATE, "Bearer".to_owned()));
        error
    }

    /// Too many requests.
    pub(crate) fn rate_limited(retry_after_seconds: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", "too many requests: wait as long as the header Retry-After says")
            .with_header(header::RETRY_AFTER, retry_after_seconds.max(1).to_string())
    }

    /// Adds a header to the answer.
    pub(crate) fn with_header(mut self, name: header::HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Our fault; the cause goes to the log.
    pub(crate) fn internal(cause: &dyn fmt::Display) -> Self {
        tracing::error!(error = %cause, "request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", FIXED_MESSAGE)
    }

    /// An upload that cannot be written to the machine's temporary directory.
    pub(crate) fn spooling(cause: &std::io::Error) -> Self {
        match unwritable(cause) {
            Some((code, message)) => {
                tracing::error!(error = %cause, code, "an upload cannot be spooled to the temporary directory");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message).with_header(header::RETRY_AFTER, UNWRITABLE_FOR.to_owned())
            }
            None => Self::internal(cause),
        }
    }

    /// Says it in other words.
    pub(crate) fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Adds further facts, a JSON object.
    pub(crate) fn with_details(mut self, details: serde_json::Value) -> Self {
        self.details = details;
        self
    }

    /// What an error body tells, for answers that have begun already and can tell it only in their stream.
    pub(crate) fn detail(&self, request_id: String, timestamp: String) -> ErrorDetail {
        metrics::counter!("atelier_http_errors_total", "code" => self.code()).increment(1);
        ErrorDetail { code: self.code, message: self.message.clone(), details: self.details.clone(), timestamp, request_id }
    }

    /// The stable code, for metrics.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }
}

const FIXED_MESSAGE: &str = "something went wrong on our side; tell us the request_id if it persists";

fn field_details(fields: &[FieldError]) -> serde_json::Value {
    let list: Vec<_> = fields.iter().map(|f| serde_json::json!({"field": f.field, "message": f.message})).collect();
    serde_json::json!({ "fields": list })
}

/// When to look again whether the operator has made room, in seconds.
const UNWRITABLE_FOR: &str = "30";

/// Code and text for a disk that can only be read, if that is what is behind the error.
fn unwritable(error: &(dyn std::error::Error + 'static)) -> Option<(&'static str, &'static str)> {
    use std::io::ErrorKind as E;
    let mut cause = Some(error);
    while let Some(link) = cause {
        match link.downcast_ref::<std::io::Error>().map(std::io::Error::kind) {
            Some(E::StorageFull | E::QuotaExceeded) => {
                return Some((
                    "STORAGE_FULL",
                    "the server's disk is full and nothing was stored; what is there can still be read: its operator has to make room, then try again",
                ));
            }
            Some(E::ReadOnlyFilesystem | E::PermissionDenied) => {
                return Some((
                    "STORAGE_READ_ONLY",
                    "the server may not write to its disk and nothing was stored; what is there can still be read: its operator has to allow it, then try again",
                ));
            }
            _ => cause = link.source(),
        }
    }
    None
}

fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Invalid => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::IdempotencyMismatch => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        // A store that stalls is a store that is away: the client is told when to come again.
        ErrorKind::Unavailable | ErrorKind::Timeout => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl<E: Coded + 'static> From<E> for ApiError {
    fn from(error: E) -> Self {
        let status = status_of(error.kind());
        // A refusal of ours (busy, not configured) tells the client what to do; a broken dependency's text is not for clients.
        let ours = !status.is_server_error() || std::error::Error::source(&error).is_none() && status == StatusCode::SERVICE_UNAVAILABLE;
        if status.is_server_error() {
            tracing::error!(error = %error_chain(&error), code = error.code(), "request failed");
        }
        let message = if ours {
            error.to_string()
        } else if status == StatusCode::SERVICE_UNAVAILABLE {
            "a service this needs is not available at the moment: try again shortly".to_owned()
        } else {
            FIXED_MESSAGE.to_owned()
        };
        let unwritable = if status == StatusCode::SERVICE_UNAVAILABLE { unwritable(&error) } else { None };
        let (code, message) = unwritable.map_or((error.code(), message), |(code, message)| (code, message.to_owned()));
        let mut answer = Self::new(status, code, message);
        if !error.fields().is_empty() {
            answer.details = field_details(error.fields());
        } else if let Some(details) = error.details() {
            answer.details = details;
        }
        if status == StatusCode::UNAUTHORIZED {
            answer.headers.push((header::WWW_AUTHENTICATE, "Bearer".to_owned()));
        }
        match error.retry_after_seconds() {
            Some(seconds) => answer.headers.push((header::RETRY_AFTER, seconds.max(1).to_string())),
            None if unwritable.is_some() => answer.headers.push((header::RETRY_AFTER, UNWRITABLE_FOR.to_owned())),
            None if status == StatusCode::SERVICE_UNAVAILABLE => answer.headers.push((header::RETRY_AFTER, "2".to_owned())),
            None => {}
        }
        answer
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.message)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let (request_id, timestamp) = context::current();
        let mut response = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.as_str()));
        }
        response.json(ErrorBody { error: self.detail(request_id, timestamp) })
    }
}
