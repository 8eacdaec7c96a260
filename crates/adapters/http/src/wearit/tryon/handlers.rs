//! Try-ons over HTTP.

use actix_web::{HttpResponse, delete, get, post, web};
use atelier_domain::kernel::TryOnId;
use atelier_domain::wearit::Links;

use crate::caller::Caller;
use crate::envelope::{SkipPagination, Success, SuccessPage};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{IdempotencyHeader, PathId, SkipQuery};
use crate::fingerprint::FingerprintBuilder;
use crate::state::HttpServices;

use super::answer::{CapabilitiesData, TryOnData, TryOnsData};
use super::request::{NewTryOn, TryOnQuery};

/// Asks to see a garment on oneself. The picture is made in the background: watch it on `/tryon/ws`, `/tryon/events` or `/tryon/{id}`.
#[utoipa::path(
    tag = "try-on",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 printable ASCII characters; a repeat within 24 h returns the first answer")),
    request_body = NewTryOn,
    responses(
        (status = 202, description = "Accepted", body = Success<TryOnData>),
        (status = 400, description = "Invalid fields, `CATEGORY_NOT_SUPPORTED` or `OPTION_NOT_SUPPORTED`", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 403, description = "`CONSENT_REQUIRED`: consent to photo processing is missing", body = ErrorBody),
        (status = 404, description = "No such garment or body of the caller", body = ErrorBody),
        (status = 409, description = "`BODY_PHOTO_REQUIRED`: there is no body photo; where the engine charges, `PHOTO_NOT_USABLE` and `DUPLICATE_TRYON`", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 415, description = "Not JSON", body = ErrorBody),
        (status = 422, description = "The idempotency key was used with another content", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[post("/tryon")]
pub(crate) async fn request(
    Caller(actor): Caller,
    idempotency: IdempotencyHeader,
    services: web::Data<HttpServices>,
    body: web::Json<NewTryOn>,
) -> Result<HttpResponse, ApiError> {
    let command = body.into_inner().command(idempotency)?;
    let view = services.tryons.request(actor, command).await?;
    let data = TryOnData::of(&view, &Links::new(services.objects.clone())).await?;
    Ok(HttpResponse::Accepted().json(Success::new(data)))
}

/// The caller's try-ons, newest first.
#[utoipa::path(
    tag = "try-on",
    security(("bearer" = [])),
    params(SkipQuery, TryOnQuery),
    responses(
        (status = 200, description = "A page of try-ons", body = SuccessPage<TryOnsData, SkipPagination>),
        (status = 400, description = "Invalid query", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[get("/tryon")]
pub(crate) async fn list(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    paging: web::Query<SkipQuery>,
    query: web::Query<TryOnQuery>,
) -> Result<HttpResponse, ApiError> {
    let mut problems = Vec::new();
    let filter = query.filter(&mut problems);
    let page = paging.page_with(problems)?;
    let paged = services.tryons.list(actor, &filter, &page).await?;
    let answer = TryOnsData::page(&page, &paged, &Links::new(services.objects.clone())).await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// One try-on.
#[utoipa::path(
    tag = "try-on",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The try-on's id", example = "65f0c0ffee65f0c0ffee65f4")),
    responses(
        (status = 200, description = "The try-on", body = Success<TryOnData>),
        (status = 400, description = "Not an id", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 404, description = "No such try-on of the caller", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[get("/tryon/{id}")]
pub(crate) async fn get(Caller(actor): Caller, services: web::Data<HttpServices>, id: PathId<TryOnId>) -> Result<HttpResponse, ApiError> {
    let view = services.tryons.get(actor, *id).await?;
    let data = TryOnData::of(&view, &Links::new(services.objects.clone())).await?;
    Ok(HttpResponse::Ok().json(Success::new(data)))
}

/// Deletes a try-on, finished or not, with its picture and its favourite.
#[utoipa::path(
    tag = "try-on",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The try-on's id", example = "65f0c0ffee65f0c0ffee65f4")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 400, description = "Not an id", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 404, description = "No such try-on of the caller", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[delete("/tryon/{id}")]
pub(crate) async fn delete(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<TryOnId>,
) -> Result<HttpResponse, ApiError> {
    services.tryons.delete(actor, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Cancels a try-on that is not finished.
#[utoipa::path(
    tag = "try-on",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The try-on's id", example = "65f0c0ffee65f0c0ffee65f4")),
    responses(
        (status = 200, description = "Cancelled", body = Success<TryOnData>),
        (status = 400, description = "Not an id", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 404, description = "No such try-on of the caller", body = ErrorBody),
        (status = 409, description = "`INVALID_STATE`: it is finished", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[post("/tryon/{id}/cancel")]
pub(crate) async fn cancel(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<TryOnId>,
) -> Result<HttpResponse, ApiError> {
    let view = services.tryons.cancel(actor, *id).await?;
    let data = TryOnData::of(&view, &Links::new(services.objects.clone())).await?;
    Ok(HttpResponse::Ok().json(Success::new(data)))
}

/// Asks again for what a failed or cancelled try-on was to show. Final states stay: the answer is a new try-on.
#[utoipa::path(
    tag = "try-on",
    security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The try-on's id", example = "65f0c0ffee65f0c0ffee65f4"),
        ("Idempotency-Key" = Option<String>, Header, description = "1–255 printable ASCII characters; a repeat within 24 h returns the first answer"),
    ),
    responses(
        (status = 202, description = "Accepted: the new try-on", body = Success<TryOnData>),
        (status = 400, description = "Not an id, or no engine serves it any more", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 403, description = "`CONSENT_REQUIRED`: consent to photo processing is missing", body = ErrorBody),
        (status = 404, description = "No such try-on of the caller", body = ErrorBody),
        (status = 409, description = "`INVALID_STATE`: it neither failed nor was cancelled, or its garment is gone; `BODY_PHOTO_REQUIRED`", body = ErrorBody),
        (status = 422, description = "The idempotency key was used with another content", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[post("/tryon/{id}/retry")]
pub(crate) async fn retry(
    Caller(actor): Caller,
    idempotency: IdempotencyHeader,
    services: web::Data<HttpServices>,
    id: PathId<TryOnId>,
) -> Result<HttpResponse, ApiError> {
    let fingerprint = FingerprintBuilder::of("POST /tryon/{id}/retry").field("id", Some(&id.to_string())).finish();
    let view = services.tryons.retry(actor, *id, idempotency.request(fingerprint)).await?;
    let data = TryOnData::of(&view, &Links::new(services.objects.clone())).await?;
    Ok(HttpResponse::Accepted().json(Success::new(data)))
}

/// Which provider and model serves which category and option, preferred ones first.
#[utoipa::path(
    tag = "try-on",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The models", body = Success<CapabilitiesData>),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[get("/tryon/capabilities")]
pub(crate) async fn capabilities(Caller(_actor): Caller, services: web::Data<HttpServices>) -> HttpResponse {
    HttpResponse::Ok().json(Success::new(CapabilitiesData::from(services.tryons.capabilities())))
}
