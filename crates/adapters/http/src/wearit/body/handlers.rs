//! The body over HTTP.

use actix_web::{HttpResponse, delete, get, patch, put, web};
use atelier_domain::wearit::Links;
use atelier_domain::wearit::body::PutBodyOutcome;

use crate::caller::Caller;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorBody};
use crate::state::HttpServices;
use crate::wearit::sent::FormOrJson;

use super::answer::BodyData;
use super::request::{BodyForm, BodyJson, BodyPatch, NewBody};

/// Creates the body, or lays photo and measurements over the one there is. The photo is required the first time.
#[utoipa::path(
    tag = "body",
    security(("bearer" = [])),
    request_body(content((BodyForm = "multipart/form-data"), (BodyJson = "application/json"))),
    responses(
        (status = 201, description = "Created", body = Success<BodyData>),
        (status = 200, description = "Changed; the id is the same", body = Success<BodyData>),
        (status = 400, description = "Invalid fields, an image that cannot be read, or an upload that is not ready", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 413, description = "More than 10 MiB", body = ErrorBody),
        (status = 415, description = "Not a JPEG, PNG or WebP", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
        (status = 503, description = "Busy: try again", body = ErrorBody),
    ),
)]
#[put("/body")]
pub(crate) async fn put(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    sent: FormOrJson<BodyForm, BodyJson>,
) -> Result<HttpResponse, ApiError> {
    let sent = NewBody::from(sent);
    let outcome = services.body.put(actor, sent.command()?).await?;
    let data = BodyData::of(outcome.body(), &Links::new(services.objects.clone())).await?;
    let mut answer = match outcome {
        PutBodyOutcome::Created(_) => HttpResponse::Created(),
        PutBodyOutcome::Replaced(_) => HttpResponse::Ok(),
    };
    Ok(answer.json(Success::new(data)))
}

/// The caller's body.
#[utoipa::path(
    tag = "body",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The body", body = Success<BodyData>),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 404, description = "The caller has none yet", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[get("/body")]
pub(crate) async fn get(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let body = services.body.get(actor).await?;
    let data = BodyData::of(&body, &Links::new(services.objects.clone())).await?;
    Ok(HttpResponse::Ok().json(Success::new(data)))
}

/// Changes measurements.
#[utoipa::path(
    tag = "body",
    security(("bearer" = [])),
    request_body = BodyPatch,
    responses(
        (status = 200, description = "The body after the change", body = Success<BodyData>),
        (status = 400, description = "Invalid fields", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 404, description = "The caller has none yet", body = ErrorBody),
        (status = 415, description = "Not JSON", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[patch("/body")]
pub(crate) async fn update(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    patch: web::Json<BodyPatch>,
) -> Result<HttpResponse, ApiError> {
    let body = services.body.patch(actor, &patch.into_inner().into()).await?;
    let data = BodyData::of(&body, &Links::new(services.objects.clone())).await?;
    Ok(HttpResponse::Ok().json(Success::new(data)))
}

/// Deletes the body with its photo. Unfinished try-ons on it are cancelled; finished ones keep their picture.
#[utoipa::path(
    tag = "body",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 404, description = "The caller has none", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[delete("/body")]
pub(crate) async fn delete(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    services.body.delete(actor).await?;
    Ok(HttpResponse::NoContent().finish())
}
