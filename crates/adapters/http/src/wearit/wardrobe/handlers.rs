//! Garments over HTTP.

use actix_web::{HttpResponse, delete, get, patch, post, put, web};
use atelier_domain::kernel::{ClothingId, Invalid};
use atelier_domain::wearit::Links;
use atelier_domain::wearit::wardrobe::UpdateClothing;

use crate::caller::Caller;
use crate::envelope::{SkipPagination, Success, SuccessPage};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{IdempotencyHeader, PathId, SkipQuery};
use crate::state::HttpServices;
use crate::wearit::sent::{FormOrJson, SentImage};

use super::answer::{ClothingData, ClothingListData, StatsData};
use super::request::{ClothingForm, ClothingJson, ClothingPatch, ClothingQuery, ImageForm, ImageJson, NewClothing};

/// Adds a garment with its photo.
#[utoipa::path(
    tag = "wardrobe",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 printable ASCII characters; a repeat within 24 h returns the first answer")),
    request_body(content((ClothingForm = "multipart/form-data"), (ClothingJson = "application/json"))),
    responses(
        (status = 201, description = "Added", body = Success<ClothingData>),
        (status = 400, description = "Invalid fields, an image that cannot be read, or an upload that is not ready", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 403, description = "The storage is used up: `QUOTA_EXCEEDED`", body = ErrorBody),
        (status = 413, description = "More than 10 MiB", body = ErrorBody),
        (status = 415, description = "Not a JPEG, PNG or WebP", body = ErrorBody),
        (status = 422, description = "The idempotency key was used with another content", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
        (status = 503, description = "Busy: try again", body = ErrorBody),
    ),
)]
#[post("/clothing")]
pub(crate) async fn add(
    Caller(actor): Caller,
    idempotency: IdempotencyHeader,
    services: web::Data<HttpServices>,
    sent: FormOrJson<ClothingForm, ClothingJson>,
) -> Result<HttpResponse, ApiError> {
    let sent = NewClothing::from(sent);
    let command = sent.command()?;
    let request = sent.image.idempotent(idempotency, sent.fingerprint()).await?;
    let clothing = services.wardrobe.add(actor, command, request.as_ref()).await?;
    let data = ClothingData::of(actor, &clothing, &services).await?;
    Ok(HttpResponse::Created().json(Success::new(data)))
}

/// The caller's garments, newest first.
#[utoipa::path(
    tag = "wardrobe",
    security(("bearer" = [])),
    params(SkipQuery, ClothingQuery),
    responses(
        (status = 200, description = "A page of garments", body = SuccessPage<ClothingListData, SkipPagination>),
        (status = 400, description = "Invalid query", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[get("/clothing")]
pub(crate) async fn list(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    paging: web::Query<SkipQuery>,
    query: web::Query<ClothingQuery>,
) -> Result<HttpResponse, ApiError> {
    let mut problems = Vec::new();
    let filter = query.filter(&mut problems);
    let page = paging.page_with(problems)?;
    let paged = services.wardrobe.list(actor, &filter, &page).await?;
    let answer = ClothingListData::page(&page, &paged, &Links::new(services.objects.clone())).await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// The caller's garments by category, fullest first.
#[utoipa::path(
    tag = "wardrobe",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Counts and the newest garments per category", body = Success<StatsData>),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[get("/clothing/stats")]
pub(crate) async fn stats(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let stats = services.wardrobe.stats(actor).await?;
    let data = StatsData::of(&stats, &Links::new(services.objects.clone())).await?;
    Ok(HttpResponse::Ok().json(Success::new(data)))
}

/// One garment.
#[utoipa::path(
    tag = "wardrobe",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The garment's id", example = "65f0c0ffee65f0c0ffee65f1")),
    responses(
        (status = 200, description = "The garment", body = Success<ClothingData>),
        (status = 400, description = "Not an id", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 404, description = "No such garment of the caller", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[get("/clothing/{id}")]
pub(crate) async fn get(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<ClothingId>,
) -> Result<HttpResponse, ApiError> {
    let clothing = services.wardrobe.get(actor, *id).await?;
    let data = ClothingData::of(actor, &clothing, &services).await?;
    Ok(HttpResponse::Ok().json(Success::new(data)))
}

/// Changes name, category, brand or size chart.
#[utoipa::path(
    tag = "wardrobe",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The garment's id", example = "65f0c0ffee65f0c0ffee65f1")),
    request_body = ClothingPatch,
    responses(
        (status = 200, description = "The garment after the change", body = Success<ClothingData>),
        (status = 400, description = "Invalid fields", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 404, description = "No such garment of the caller", body = ErrorBody),
        (status = 415, description = "Not JSON", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[patch("/clothing/{id}")]
pub(crate) async fn update(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<ClothingId>,
    patch: web::Json<ClothingPatch>,
) -> Result<HttpResponse, ApiError> {
    let command = UpdateClothing::from(patch.into_inner());
    let clothing = services.wardrobe.update(actor, *id, &command).await?;
    let data = ClothingData::of(actor, &clothing, &services).await?;
    Ok(HttpResponse::Ok().json(Success::new(data)))
}

/// Replaces the photo.
#[utoipa::path(
    tag = "wardrobe",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The garment's id", example = "65f0c0ffee65f0c0ffee65f1")),
    request_body(content((ImageForm = "multipart/form-data"), (ImageJson = "application/json"))),
    responses(
        (status = 200, description = "The garment with its new photo", body = Success<ClothingData>),
        (status = 400, description = "No image, one that cannot be read, or an upload that is not ready", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 404, description = "No such garment of the caller", body = ErrorBody),
        (status = 413, description = "More than 10 MiB", body = ErrorBody),
        (status = 415, description = "Not a JPEG, PNG or WebP", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
        (status = 503, description = "Busy: try again", body = ErrorBody),
    ),
)]
#[put("/clothing/{id}/image")]
pub(crate) async fn replace_image(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<ClothingId>,
    sent: FormOrJson<ImageForm, ImageJson>,
) -> Result<HttpResponse, ApiError> {
    let sent = SentImage::from(sent);
    let mut problems = Vec::new();
    let source = sent.source(&mut problems);
    Invalid::check(problems).map_err(|Invalid(fields)| ApiError::invalid(&fields))?;
    let source = source.ok_or_else(|| ApiError::invalid_field("image", "is required"))?;
    let clothing = services.wardrobe.replace_image(actor, *id, source).await?;
    let data = ClothingData::of(actor, &clothing, &services).await?;
    Ok(HttpResponse::Ok().json(Success::new(data)))
}

/// Deletes a garment. Unfinished try-ons of it are cancelled; finished ones keep their picture.
#[utoipa::path(
    tag = "wardrobe",
    security(("bearer" = [])),
    params(("id" = String, Path, description = "The garment's id", example = "65f0c0ffee65f0c0ffee65f1")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 400, description = "Not an id", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 404, description = "No such garment of the caller", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[delete("/clothing/{id}")]
pub(crate) async fn delete(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<ClothingId>,
) -> Result<HttpResponse, ApiError> {
    services.wardrobe.delete(actor, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
