//! Bodies: JSON of at most 1 MiB and 32 levels, without fields nobody asked for.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, web};
use atelier_domain::kernel::IdempotencyKey;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::gate::DataCaller;
use super::version::ApiVersion;
use crate::error::ApiError;

const LARGEST: usize = 1024 * 1024;
const DEEPEST: usize = 32;

/// A checked body, and who sent it: nothing of a body is read before its sender has passed the gate.
#[derive(Debug)]
pub(super) struct DataRequest<T> {
    pub(super) caller: DataCaller,
    pub(super) body: T,
    /// The header `Idempotency-Key`, when there is one.
    pub(super) key: Option<IdempotencyKey>,
}

impl<T: DeserializeOwned + 'static> FromRequest for DataRequest<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = DataCaller::from_request(request, &mut Payload::None);
        let is_json = is_json(request);
        let key = idempotency_key(request);
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let caller = caller.await?;
            if !is_json {
                let message = "send JSON with the header Content-Type: application/json";
                return Err(bad("UNSUPPORTED_MEDIA_TYPE", message));
            }
            let bytes = read(&request, &mut payload).await?;
            let json: Json =
                serde_json::from_slice(&bytes).map_err(|error| bad("INVALID_JSON", format!("the body is no JSON: {error}")))?;
            if !shallow(&json, DEEPEST) {
                return Err(bad("LIMIT_EXCEEDED", format!("the body has more than {DEEPEST} levels")));
            }
            let body = serde_json::from_value(json).map_err(|error| bad("VALIDATION_FAILED", error.to_string()))?;
            Ok(Self { caller, body, key: key? })
        })
    }
}

fn bad(code: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, code, message)
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(sent) = request.headers().get("idempotency-key") else { return Ok(None) };
    let key = IdempotencyKey::parse(sent.to_str().unwrap_or_default());
    key.map(Some).map_err(|error| bad("VALIDATION_FAILED", format!("Idempotency-Key: {error}")))
}

fn is_json(request: &HttpRequest) -> bool {
    let sent = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || ApiVersion::of(request.path()).is_some_and(|(version, _)| essence == version.media_type())
}

async fn read(request: &HttpRequest, payload: &mut Payload) -> Result<web::Bytes, ApiError> {
    use futures_util::StreamExt as _;
    let too_large = || bad("PAYLOAD_TOO_LARGE", format!("the body is larger than {LARGEST} bytes"));
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > LARGEST) {
        return Err(too_large());
    }
    let mut bytes = web::BytesMut::new();
    while let Some(part) = payload.next().await {
        let part = part.map_err(|error| bad("INVALID_JSON", format!("the body cannot be read: {error}")))?;
        if bytes.len() + part.len() > LARGEST {
            return Err(too_large());
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes.freeze())
}

fn shallow(json: &Json, levels: usize) -> bool {
    match json {
        Json::Array(items) => levels > 0 && items.iter().all(|item| shallow(item, levels - 1)),
        Json::Object(fields) => levels > 0 && fields.values().all(|value| shallow(value, levels - 1)),
        _ => true,
    }
}
