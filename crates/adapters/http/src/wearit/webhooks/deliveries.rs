//! The log of what was sent.

use actix_web::{HttpResponse, get, post, web};
use atelier_domain::kernel::DeliveryId;

use super::answer::{DeliveryData, DeliveryListData};
use super::request::DeliveryQuery;
use crate::caller::Caller;
use crate::envelope::{SkipPagination, Success, SuccessPage};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{PathId, SkipQuery};
use crate::failures::ItemFailures;
use crate::state::HttpServices;

/// What was sent to the caller's endpoints, newest first. Ended deliveries leave the log after thirty days.
#[utoipa::path(
    tag = "webhooks",
    security(("bearer" = [])),
    params(DeliveryQuery, SkipQuery),
    responses(
        (status = 200, description = "A page of deliveries", body = SuccessPage<DeliveryListData, SkipPagination>),
        (status = 400, description = "Invalid query", body = ErrorBody),
        (status = 401, description = "No good token", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody),
    ),
)]
#[get("/webhooks/deliveries")]
pub(crate) async fn list(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    query: web::Query<DeliveryQuery>,
    paging: web::Query<SkipQuery>,
) -> Result<HttpResponse, ApiError> {
    let mut problems = Vec::new();
    let filter = query.filter(&mut problems);
    let page = paging.page_with(problems)?;
    let paged = services.webhooks.deliveries(actor, &filter, &page).await?;
    let pagination = SkipPagination::of(&page, &paged);
    Ok(HttpResponse::Ok().json(SuccessPage::new(DeliveryListData::from(paged.items), pagination)))
}

/// One delivery.
#[utoipa::path(tag = "webhooks", security(("bearer" = [])), params(("id" = String, Path, description = "The delivery")), responses(
    (status = 200, description = "The delivery", body = Success<DeliveryData>), ItemFailures))]
#[get("/webhooks/deliveries/{id}")]
pub(crate) async fn show(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<DeliveryId>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(Success::new(DeliveryData::from(services.webhooks.delivery(actor, *id).await?))))
}

/// Sends an ended delivery once more, under the same `webhook-id`.
#[utoipa::path(tag = "webhooks", security(("bearer" = [])), params(("id" = String, Path, description = "The delivery")), responses(
    (status = 202, description = "On its way", body = Success<DeliveryData>),
    (status = 409, description = "It is on its way, or its endpoint is disabled: `INVALID_STATE`", body = ErrorBody),
    ItemFailures))]
#[post("/webhooks/deliveries/{id}/redeliver")]
pub(crate) async fn redeliver(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<DeliveryId>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Accepted().json(Success::new(DeliveryData::from(services.webhooks.redeliver(actor, *id).await?))))
}
