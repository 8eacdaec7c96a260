//! What handlers take from a request: typed ids, checked paging, idempotency keys. Everything wrong is a 400 that names the field.

use std::future::{Future, Ready, ready};
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::{JsonBody, Payload};
use actix_web::{FromRequest, HttpRequest, web};
use atelier_domain::kernel::{EntityId, FieldError, Fingerprint, IdempotencyKey, IdempotentRequest, Page};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::error::ApiError;

/// The id in the path segment `{id}`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PathId<T>(pub(crate) T);

impl<T> Deref for PathId<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: EntityId> FromRequest for PathId<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;
    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let text = request.match_info().iter().next().map(|(_, value)| value).unwrap_or_default();
        ready(text.parse().map(Self).map_err(|invalid: T::Err| ApiError::invalid_field("id", invalid.to_string())))
    }
}

/// The header `Idempotency-Key`, when there is one.
#[derive(Debug, Clone)]
pub(crate) struct IdempotencyHeader(pub(crate) Option<IdempotencyKey>);

impl FromRequest for IdempotencyHeader {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;
    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let parsed = match request.headers().get("idempotency-key") {
            None => Ok(None),
            Some(value) => {
                let text = value.to_str().unwrap_or_default();
                IdempotencyKey::parse(text).map(Some).map_err(|e| ApiError::invalid_field("Idempotency-Key", e.to_string()))
            }
        };
        ready(parsed.map(Self))
    }
}

impl IdempotencyHeader {
    /// The key with what the request asks for.
    pub(crate) fn request(self, fingerprint: Fingerprint) -> Option<IdempotentRequest> {
        self.0.map(|key| IdempotentRequest { key, fingerprint })
    }
}

/// Paging by skip and limit.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SkipQuery {
    /// Items to leave out, 0 when absent.
    #[param(value_type = Option<u64>, minimum = 0, example = 0)]
    skip: Option<String>,
    /// Most items, 1–100, 10 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, example = 10)]
    limit: Option<String>,
    /// `pagination.next` of the page before; takes the place of `skip`.
    after: Option<String>,
}

/// Paging by number.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NumberedQuery {
    /// The page, from 1, 1 when absent.
    #[param(value_type = Option<u64>, minimum = 1, example = 1)]
    page: Option<String>,
    /// Most items, 1–100, 20 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, example = 20)]
    limit: Option<String>,
    /// `pagination.next` of the page before; takes the place of `page`.
    after: Option<String>,
}

/// A whole number of a query, from `lowest` to `highest`; `absent` when it is not there or wrong, which is told in `errors`.
pub(crate) fn number(field: &str, text: Option<&str>, absent: u64, lowest: u64, highest: u64, errors: &mut Vec<FieldError>) -> u64 {
    let Some(text) = text else { return absent };
    match text.parse::<u64>() {
        Ok(value) if (lowest..=highest).contains(&value) => value,
        _ => {
            let bounds = if highest == MAX_SKIP {
                format!("must be a whole number from {lowest}")
            } else {
                format!("must be a whole number from {lowest} to {highest}")
            };
            errors.push(FieldError { field: field.to_owned(), message: bounds });
            absent
        }
    }
}

/// Stores keep positions as signed 64-bit numbers.
pub(crate) const MAX_SKIP: u64 = i64::MAX as u64;

fn page(skip: u64, limit: u64, after: Option<&str>, mut errors: Vec<FieldError>) -> Result<Page, ApiError> {
    let after = match after.map(str::parse).transpose() {
        Ok(cursor) => cursor,
        Err(invalid) => {
            let invalid: atelier_domain::kernel::InvalidCursor = invalid;
            errors.push(FieldError { field: "after".to_owned(), message: invalid.to_string() });
            None
        }
    };
    if !errors.is_empty() {
        return Err(ApiError::invalid(&errors));
    }
    let skip = if after.is_some() { 0 } else { skip };
    Ok(Page { skip, limit: u32::try_from(limit).unwrap_or(100), after })
}

impl SkipQuery {
    /// The page asked for.
    pub(crate) fn page(&self) -> Result<Page, ApiError> {
        self.page_with(Vec::new())
    }

    /// The page asked for, unless something is wrong with it or was with the rest of the query.
    pub(crate) fn page_with(&self, mut errors: Vec<FieldError>) -> Result<Page, ApiError> {
        let skip = number("skip", self.skip.as_deref(), 0, 0, MAX_SKIP, &mut errors);
        let limit = number("limit", self.limit.as_deref(), 10, 1, 100, &mut errors);
        page(skip, limit, self.after.as_deref(), errors)
    }
}

impl NumberedQuery {
    /// The page asked for.
    pub(crate) fn page(&self) -> Result<Page, ApiError> {
        self.page_with(Vec::new())
    }

    /// The page asked for, unless something is wrong with it or was with the rest of the query.
    pub(crate) fn page_with(&self, mut errors: Vec<FieldError>) -> Result<Page, ApiError> {
        let number_of_page = number("page", self.page.as_deref(), 1, 1, u64::from(u32::MAX), &mut errors);
        let limit = number("limit", self.limit.as_deref(), 20, 1, 100, &mut errors);
        page((number_of_page - 1).saturating_mul(limit), limit, self.after.as_deref(), errors)
    }
}

/// Bodies and queries that cannot be read are 400s in our own shape, never the framework's.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(web::JsonConfig::default().limit(MAX_JSON_BYTES).error_handler(|error, _| json_error(&error, MAX_JSON_BYTES).into()))
        .app_data(
            web::FormConfig::default()
                .limit(MAX_JSON_BYTES)
                .error_handler(|error, _| ApiError::invalid_field("body", error.to_string()).into()),
        )
        .app_data(web::QueryConfig::default().error_handler(|error, _| ApiError::invalid_field("query", error.to_string()).into()))
        .app_data(web::PathConfig::default().error_handler(|error, _| ApiError::invalid_field("path", error.to_string()).into()))
        .app_data(web::PayloadConfig::new(MAX_JSON_BYTES));
}

/// Largest body that is no upload.
pub(crate) const MAX_JSON_BYTES: usize = 64 * 1024;

/// Largest body with texts of the length of a conversation's: 16 000 characters are up to 192 000 bytes when each is written as an escape.
const MAX_LONG_JSON_BYTES: usize = 512 * 1024;

/// A JSON body that may be longer than others.
#[derive(Debug)]
pub(crate) struct LongJson<T>(pub(crate) T);

impl<T: DeserializeOwned + 'static> FromRequest for LongJson<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = JsonBody::<T>::new(request, payload, None, true).limit(MAX_LONG_JSON_BYTES);
        Box::pin(async move { body.await.map(Self).map_err(|error| json_error(&error, MAX_LONG_JSON_BYTES)) })
    }
}

fn json_error(error: &actix_web::error::JsonPayloadError, limit: usize) -> ApiError {
    use actix_web::error::JsonPayloadError as E;
    use actix_web::http::StatusCode;
    match error {
        E::OverflowKnownLength { .. } | E::Overflow { .. } => {
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", format!("the body is larger than {limit} bytes"))
        }
        E::ContentType => ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "send JSON with the header Content-Type: application/json",
        ),
        E::Deserialize(cause) => ApiError::invalid_field("body", cause.to_string()),
        _ => ApiError::invalid_field("body", "cannot be read as JSON"),
    }
}
