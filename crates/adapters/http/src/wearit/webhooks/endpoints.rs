//! Endpoints.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use atelier_domain::kernel::EndpointId;

use super::answer::{DeliveryData, EndpointData, EndpointListData, EndpointSecretData};
use super::request::{EndpointChange, NewEndpoint};
use crate::caller::Caller;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{IdempotencyHeader, PathId};
use crate::failures::{ItemFailures, ItemWriteFailures, ReadFailures, WriteFailures};
use crate::state::HttpServices;

/// Makes an address that is told what becomes of the caller's try-ons, and answers the secret its messages are signed with, once. Messages have
/// the form of Standard Webhooks: headers `webhook-id`, `webhook-timestamp`, `webhook-signature`, body `{"type","timestamp","data"}`.
#[utoipa::path(
    tag = "webhooks",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 printable ASCII characters; a repeat within 24 h returns the first answer")),
    request_body = NewEndpoint,
    responses(
        (status = 201, description = "Made", body = Success<EndpointSecretData>),
        (status = 404, description = "The repeated request's endpoint is deleted", body = ErrorBody),
        (status = 409, description = "There are ten already: `TOO_MANY_ENDPOINTS`", body = ErrorBody),
        (status = 422, description = "The idempotency key was used with another content", body = ErrorBody),
        WriteFailures,
    ),
)]
#[post("/webhooks/endpoints")]
pub(crate) async fn create(
    Caller(actor): Caller,
    idempotency: IdempotencyHeader,
    services: web::Data<HttpServices>,
    body: web::Json<NewEndpoint>,
) -> Result<HttpResponse, ApiError> {
    let body = body.into_inner();
    let request = idempotency.request(body.fingerprint());
    let made = services.webhooks.create(actor, body.command(), request.as_ref()).await?;
    Ok(HttpResponse::Created().json(Success::new(EndpointSecretData::from(made))))
}

/// The caller's endpoints, oldest first.
#[utoipa::path(tag = "webhooks", security(("bearer" = [])), responses(
    (status = 200, description = "The endpoints", body = Success<EndpointListData>), ReadFailures))]
#[get("/webhooks/endpoints")]
pub(crate) async fn list(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let endpoints = services.webhooks.endpoints(actor).await?;
    Ok(HttpResponse::Ok().json(Success::new(EndpointListData::from(endpoints))))
}

/// One of the caller's endpoints.
#[utoipa::path(tag = "webhooks", security(("bearer" = [])), params(("id" = String, Path, description = "The endpoint")), responses(
    (status = 200, description = "The endpoint", body = Success<EndpointData>), ItemFailures))]
#[get("/webhooks/endpoints/{id}")]
pub(crate) async fn show(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<EndpointId>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(Success::new(EndpointData::from(services.webhooks.endpoint(actor, *id).await?))))
}

/// Changes an endpoint. Enabling one that was disabled forgets what failed before.
#[utoipa::path(tag = "webhooks", security(("bearer" = [])), params(("id" = String, Path, description = "The endpoint")),
    request_body = EndpointChange, responses(
    (status = 200, description = "The endpoint as it is now", body = Success<EndpointData>), ItemWriteFailures))]
#[patch("/webhooks/endpoints/{id}")]
pub(crate) async fn change(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<EndpointId>,
    body: web::Json<EndpointChange>,
) -> Result<HttpResponse, ApiError> {
    let endpoint = services.webhooks.change(actor, *id, body.into_inner().into()).await?;
    Ok(HttpResponse::Ok().json(Success::new(EndpointData::from(endpoint))))
}

/// Deletes an endpoint with its log. What is on its way is not sent any more.
#[utoipa::path(tag = "webhooks", security(("bearer" = [])), params(("id" = String, Path, description = "The endpoint")), responses(
    (status = 204, description = "Deleted"), ItemFailures))]
#[delete("/webhooks/endpoints/{id}")]
pub(crate) async fn remove(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<EndpointId>,
) -> Result<HttpResponse, ApiError> {
    services.webhooks.delete(actor, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives an endpoint another secret and answers it, once. For a day messages are signed with the one before as well.
#[utoipa::path(tag = "webhooks", security(("bearer" = [])), params(("id" = String, Path, description = "The endpoint")), responses(
    (status = 200, description = "The new secret", body = Success<EndpointSecretData>), ItemFailures))]
#[post("/webhooks/endpoints/{id}/secret")]
pub(crate) async fn rotate(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<EndpointId>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(Success::new(EndpointSecretData::from(services.webhooks.rotate(actor, *id).await?))))
}

/// Sends an endpoint a message of type `webhook.test`.
#[utoipa::path(tag = "webhooks", security(("bearer" = [])), params(("id" = String, Path, description = "The endpoint")), responses(
    (status = 202, description = "On its way", body = Success<DeliveryData>),
    (status = 409, description = "The endpoint is disabled: `INVALID_STATE`", body = ErrorBody),
    ItemFailures))]
#[post("/webhooks/endpoints/{id}/test")]
pub(crate) async fn try_out(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<EndpointId>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Accepted().json(Success::new(DeliveryData::from(services.webhooks.try_out(actor, *id).await?))))
}
