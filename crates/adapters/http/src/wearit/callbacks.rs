//! What providers tell by themselves, over HTTP.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use atelier_domain::kernel::{TryOnId, UserId};
use atelier_domain::wearit::tryon::{CallbackAddress, CallbackMessage};
use futures_util::StreamExt;
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::{ApiError, ErrorBody};
use crate::state::HttpServices;

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(hear);
}

/// Where the routes are: they have an allowance of their own, the secret in each address.
pub(crate) const PREFIX: &str = "/api/v1/webhooks/providers/";

/// Largest message: a picture may be in it, as text.
const MAX_BYTES: usize = 32 * 1024 * 1024;

#[derive(Deserialize)]
struct Address {
    user: UserId,
    tryon: TryOnId,
    attempt: usize,
    token: String,
}

/// Takes a message of a try-on provider at the address it was given with the request. It is a hint to look: polling is the truth. Needs no
/// token; the address holds a secret, and the provider's signature is checked where it signs.
#[utoipa::path(
    tag = "webhooks",
    params(
        ("provider" = String, Path, description = "The provider's name", example = "replicate"),
        ("user" = String, Query, description = "Part of the address"),
        ("tryon" = String, Query, description = "Part of the address"),
        ("attempt" = u32, Query, description = "Part of the address"),
        ("token" = String, Query, description = "The address's secret"),
    ),
    request_body(content = String, content_type = "application/json", description = "The provider's message"),
    responses(
        (status = 204, description = "Heard, now or before"),
        (status = 400, description = "The message cannot be read", body = ErrorBody),
        (status = 403, description = "`CALLBACK_REFUSED`: not an address of ours, not signed by the provider, or not of this moment", body = ErrorBody),
        (status = 413, description = "The message is too large", body = ErrorBody),
        (status = 503, description = "The store is away: send it again", body = ErrorBody),
    ),
)]
#[post("/webhooks/providers/{provider}")]
pub(crate) async fn hear(
    request: HttpRequest,
    provider: web::Path<String>,
    body: web::Payload,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let address = web::Query::<Address>::from_query(request.query_string()).ok().map(web::Query::into_inner);
    let address = address.map(|Address { user, tryon, attempt, token }| CallbackAddress { user_id: user, tryon_id: tryon, attempt, token });
    // Nobody without the secret makes us read a large body.
    let Some(address) = address.filter(|address| services.callbacks.is_ours(&provider, address)) else {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "CALLBACK_REFUSED", "not an address this service gave to a provider"));
    };
    let text = |(name, value): (&actix_web::http::header::HeaderName, &actix_web::http::header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let headers: BTreeMap<_, _> = request.headers().iter().filter_map(text).collect();
    let message = CallbackMessage { headers, body: whole(body).await?, received_at: services.clock.now() };
    services.callbacks.hear(&provider, &address, &message).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn whole(mut body: web::Payload) -> Result<web::Bytes, ApiError> {
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| ApiError::invalid_field("body", error.to_string()))?;
        if bytes.len() + chunk.len() > MAX_BYTES {
            let text = format!("the message is larger than {MAX_BYTES} bytes");
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", text));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}
