//! What went wrong, as the port's errors.

use std::error::Error;
use std::fmt;

use atelier_domain::kernel::{ObjectKey, ObjectStoreError, Source, error_chain};
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;

/// What a failed request means to whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Missing,
    Timeout,
    Unavailable,
    Other,
}

/// A failed request, in words fit for the log: no header and no signature is among them.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    /// The code of S3's error document, where there was one.
    pub(crate) code: Option<String>,
    /// The status of the answer, where there was one.
    pub(crate) status: Option<u16>,
    text: String,
}

impl Fault {
    pub(crate) fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, code: None, status: None, text: text.into() }
    }

    pub(crate) fn timed_out() -> Self {
        Self::new(Kind::Timeout, "no answer in time")
    }

    /// Whether the server answered sensibly, if not as hoped.
    pub(crate) fn is_answer(&self) -> bool {
        matches!(self.kind, Kind::Missing | Kind::Other)
    }

    /// Whether the server does not know this request at all.
    pub(crate) fn is_not_implemented(&self) -> bool {
        self.status == Some(501) || matches!(self.code.as_deref(), Some("NotImplemented" | "MethodNotAllowed"))
    }

    /// As the port's error; `action` is what the storage document says failed.
    pub(crate) fn into_port(self, action: &'static str, key: Option<&ObjectKey>) -> ObjectStoreError {
        let kind = self.kind;
        let source: Source = Box::new(Failure { action, fault: self });
        match (kind, key) {
            (Kind::Missing, Some(key)) => ObjectStoreError::NotFound(key.clone()),
            (Kind::Timeout, _) => ObjectStoreError::Timeout(source),
            (Kind::Unavailable, _) => ObjectStoreError::Unavailable(source),
            (Kind::Missing | Kind::Other, _) => ObjectStoreError::Other(source),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Fault {}

/// A fault with what it made fail: `Failed to upload file: …` (checklist W188–W189).
#[derive(Debug, thiserror::Error)]
#[error("{action}: {fault}")]
struct Failure {
    action: &'static str,
    fault: Fault,
}

impl<E> From<SdkError<E, HttpResponse>> for Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match &error {
            SdkError::ServiceError(refused) => {
                let (answer, status) = (refused.err(), refused.raw().status().as_u16());
                let code = answer.code().map(str::to_owned);
                let mut text = code.clone().unwrap_or_else(|| format!("status {status}"));
                if let Some(message) = answer.message() {
                    text = format!("{text}: {message}");
                }
                if let Some(id) = answer.meta().request_id() {
                    text = format!("{text} (request {id})");
                }
                Self { kind: kind_of(code.as_deref(), status), code, status: Some(status), text }
            }
            SdkError::TimeoutError(_) => Self::timed_out(),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Self::new(Kind::Timeout, error_chain(&error)),
            SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => Self::new(Kind::Unavailable, error_chain(&error)),
            _ => Self::new(Kind::Other, error_chain(&error)),
        }
    }
}

fn kind_of(code: Option<&str>, status: u16) -> Kind {
    match (code, status) {
        (Some("NoSuchKey" | "NotFound"), _) | (None, 404) => Kind::Missing,
        (Some("RequestTimeout"), _) | (_, 408 | 504) => Kind::Timeout,
        (Some("SlowDown" | "ServiceUnavailable" | "InternalError" | "ThrottlingException"), _) | (_, 429) => Kind::Unavailable,
        (_, 501) => Kind::Other,
        (_, 500..) => Kind::Unavailable,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_statuses_have_a_meaning() {
        for (code, status, kind) in [
            (Some("NoSuchKey"), 404, Kind::Missing),
            (None, 404, Kind::Missing),
            (Some("NoSuchBucket"), 404, Kind::Other),
            (Some("AccessDenied"), 403, Kind::Other),
            (None, 403, Kind::Other),
            (Some("RequestTimeout"), 400, Kind::Timeout),
            (Some("SlowDown"), 503, Kind::Unavailable),
            (Some("SlowDown"), 200, Kind::Unavailable),
            (Some("InternalError"), 500, Kind::Unavailable),
            (None, 502, Kind::Unavailable),
            (None, 429, Kind::Unavailable),
            (Some("NotImplemented"), 501, Kind::Other),
        ] {
            assert_eq!(kind_of(code, status), kind, "{code:?} {status}");
        }
    }
}
