//! Favourites over HTTP.

use actix_web::{HttpResponse, delete, get, post, web};
use atelier_domain::identity::Actor;
use atelier_domain::kernel::TryOnId;
use atelier_domain::wearit::Links;
use atelier_domain::wearit::favorites::FavoriteTryOn;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::caller::Caller;
use crate::envelope::{SkipPagination, Success, SuccessPage, time};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{IdempotencyHeader, PathId, SkipQuery};
use crate::fingerprint::FingerprintBuilder;
use crate::state::HttpServices;
use crate::wearit::tryon::answer::TryOnDto;

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(add).service(list).service(remove);
}

/// A try-on to be marked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FavoriteRequest {
    /// The caller's try-on.
    #[schema(value_type = String, example = "65f0c0ffee65f0c0ffee65f4")]
    tryon_id: Option<String>,
}

impl FavoriteRequest {
    fn tryon_id(&self) -> Result<TryOnId, ApiError> {
        let text = self.tryon_id.as_deref().ok_or_else(|| ApiError::invalid_field("tryon_id", "is required"))?;
        text.parse().map_err(|_invalid| ApiError::invalid_field("tryon_id", "must be the 24 hex digits of a try-on"))
    }
}

/// A favourite.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FavoriteDto {
    /// Its id.
    #[schema(example = "65f0c0ffee65f0c0ffee65f5")]
    id: String,
    /// The try-on it marks.
    #[schema(example = "65f0c0ffee65f0c0ffee65f4")]
    tryon_id: String,
    /// When it was marked.
    #[schema(example = "2026-11-21T10:00:00.000Z")]
    created_at: String,
    /// The try-on.
    tryon: TryOnDto,
}

impl FavoriteDto {
    /// Favourites with their try-ons as `GET /tryon` shows them, in the given order.
    async fn all(actor: Actor, marked: Vec<FavoriteTryOn>, services: &HttpServices) -> Result<Vec<Self>, ApiError> {
        let (favorites, tryons): (Vec<_>, Vec<_>) = marked.into_iter().map(|item| (item.favorite, item.tryon)).unzip();
        let views = services.tryons.views(actor.user_id, tryons).await?;
        let tryons = TryOnDto::all(&views, &Links::new(services.objects.clone())).await?;
        let described = favorites.into_iter().zip(tryons).map(|(favorite, tryon)| Self {
            id: favorite.id.to_string(),
            tryon_id: favorite.tryon_id.to_string(),
            created_at: time(favorite.created_at),
            tryon,
        });
        Ok(described.collect())
    }

    async fn of(actor: Actor, marked: FavoriteTryOn, services: &HttpServices) -> Result<Self, ApiError> {
        let one = Self::all(actor, vec![marked], services).await?.pop();
        one.ok_or_else(|| ApiError::internal(&"a try-on without its view"))
    }
}

/// One favourite.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FavoriteData {
    favorite: FavoriteDto,
}

/// A page of favourites.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FavoriteListData {
    favorites: Vec<FavoriteDto>,
}

/// Marks a try-on as favourite.
#[utoipa::path(
    tag = "favorites",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 printable ASCII characters; a repeat within 24 h returns the first answer")),
    request_body = FavoriteRequest,
    responses(
        (status = 201, description = "Marked", body = Success<FavoriteData>),
        (status = 400, description = "Not an id", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 404, description = "No such try-on of the caller", body = ErrorBody),
        (status = 409, description = "Marked before: `ALREADY_FAVORITE`", body = ErrorBody),
        (status = 415, description = "Not JSON", body = ErrorBody),
        (status = 422, description = "The idempotency key was used with another content", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[post("/favorites")]
pub(crate) async fn add(
    Caller(actor): Caller,
    idempotency: IdempotencyHeader,
    services: web::Data<HttpServices>,
    body: web::Json<FavoriteRequest>,
) -> Result<HttpResponse, ApiError> {
    let tryon_id = body.tryon_id()?;
    let fingerprint = FingerprintBuilder::of("POST /favorites").field("tryon_id", Some(&tryon_id.to_string())).finish();
    let request = idempotency.request(fingerprint);
    let marked = services.favorites.add(actor, tryon_id, request.as_ref()).await?;
    let favorite = FavoriteDto::of(actor, marked, &services).await?;
    Ok(HttpResponse::Created().json(Success::new(FavoriteData { favorite })))
}

/// The caller's favourites with their try-ons, newest first.
#[utoipa::path(
    tag = "favorites",
    security(("bearer" = [])),
    params(SkipQuery),
    responses(
        (status = 200, description = "A page of favourites", body = SuccessPage<FavoriteListData, SkipPagination>),
        (status = 400, description = "Invalid query", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[get("/favorites")]
pub(crate) async fn list(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    paging: web::Query<SkipQuery>,
) -> Result<HttpResponse, ApiError> {
    let page = paging.page()?;
    let paged = services.favorites.list(actor, &page).await?;
    let pagination = SkipPagination::of(&page, &paged);
    let favorites = FavoriteDto::all(actor, paged.items, &services).await?;
    Ok(HttpResponse::Ok().json(SuccessPage::new(FavoriteListData { favorites }, pagination)))
}

/// Takes the mark away; the try-on stays.
#[utoipa::path(
    tag = "favorites",
    security(("bearer" = [])),
    params(("tryon_id" = String, Path, description = "The try-on's id", example = "65f0c0ffee65f0c0ffee65f4")),
    responses(
        (status = 204, description = "No longer marked"),
        (status = 400, description = "Not an id", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 404, description = "Not marked", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[delete("/favorites/{tryon_id}")]
pub(crate) async fn remove(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    tryon_id: PathId<TryOnId>,
) -> Result<HttpResponse, ApiError> {
    services.favorites.remove(actor, *tryon_id).await?;
    Ok(HttpResponse::NoContent().finish())
}
