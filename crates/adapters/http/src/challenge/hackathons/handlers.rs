//! Hackathons over HTTP.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use atelier_domain::kernel::HackathonId;

use crate::caller::Caller;
use crate::envelope::{NumberedPagination, Success, SuccessPage};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{IdempotencyHeader, NumberedQuery, PathId};
use crate::failures::{AdminCreateFailures, AdminDeleteFailures, AdminItemFailures, ItemFailures, ReadFailures};
use crate::state::HttpServices;
use crate::version::{IfMatch, etag};

use super::answer::{HackathonData, HackathonsData, PresetsData, WrittenHackathonData};
use super::change::HackathonPatch;
use super::request::{HackathonsQuery, NewHackathonBody, TransitionBody, fingerprint};

/// The source document's quotas by name.
#[utoipa::path(tag = "hackathons", security(("bearer" = [])), responses(
    (status = 200, description = "The presets", body = Success<PresetsData>), ReadFailures))]
#[get("/hackathons/presets")]
pub(crate) async fn presets(Caller(_actor): Caller) -> HttpResponse {
    HttpResponse::Ok().json(Success::new(PresetsData::all()))
}

/// Makes a hackathon, as `Brouillon`. For administrators.
#[utoipa::path(tag = "hackathons", security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 printable ASCII characters; a repeat within 24 h returns the first answer")),
    responses(
        (status = 201, description = "Made", body = Success<WrittenHackathonData>, headers(("ETag" = String, description = "The version"))),
        AdminCreateFailures))]
#[post("/hackathons")]
pub(crate) async fn create(
    Caller(actor): Caller,
    idempotency: IdempotencyHeader,
    services: web::Data<HttpServices>,
    body: web::Json<NewHackathonBody>,
) -> Result<HttpResponse, ApiError> {
    let new = body.into_inner().command()?;
    let request = idempotency.request(fingerprint(&new));
    let hackathon = services.challenge.hackathons.create(actor, new, request.as_ref()).await?;
    let tag = etag(hackathon.version);
    Ok(HttpResponse::Created().insert_header(tag).json(Success::new(WrittenHackathonData::from(hackathon))))
}

/// Hackathons, latest `dates.debut` first; `Brouillon` only for administrators.
#[utoipa::path(tag = "hackathons", security(("bearer" = [])), params(NumberedQuery, HackathonsQuery), responses(
    (status = 200, description = "A page of hackathons", body = SuccessPage<HackathonsData, NumberedPagination>),
    (status = 400, description = "Invalid query", body = ErrorBody), ReadFailures))]
#[get("/hackathons")]
pub(crate) async fn list(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    query: web::Query<HackathonsQuery>,
    paging: web::Query<NumberedQuery>,
) -> Result<HttpResponse, ApiError> {
    let mut problems = Vec::new();
    let search = query.into_inner().search(&mut problems);
    let page = paging.page_with(problems)?;
    let found = services.challenge.hackathons.list(actor, &search, &page).await?;
    let pagination = NumberedPagination::of(&page, &found);
    Ok(HttpResponse::Ok().json(SuccessPage::new(HackathonsData::from(found.items), pagination)))
}

/// One hackathon; `Brouillon` only for administrators.
#[utoipa::path(tag = "hackathons", security(("bearer" = [])), params(("id" = String, Path, description = "The hackathon")), responses(
    (status = 200, description = "The hackathon", body = Success<HackathonData>, headers(("ETag" = String, description = "The version"))),
    ItemFailures))]
#[get("/hackathons/{id}")]
pub(crate) async fn get(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<HackathonId>,
) -> Result<HttpResponse, ApiError> {
    let hackathon = services.challenge.hackathons.get(actor, *id).await?;
    let tag = etag(hackathon.version);
    Ok(HttpResponse::Ok().insert_header(tag).json(Success::new(HackathonData::from(hackathon))))
}

/// Changes a hackathon; what is absent stays. Once it runs, its tasks stay and its quotas only grow; once it is over, only
/// `dates.archiveLe` changes. For administrators.
#[utoipa::path(tag = "hackathons", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The hackathon"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version that was read; without it, the change is made to any"),
    ),
    responses(
        (status = 200, description = "The hackathon", body = Success<WrittenHackathonData>, headers(("ETag" = String, description = "The version"))),
        (status = 409, description = "`INVALID_STATE`: its status forbids the change; `PRECONDITION_FAILED`: it was changed since, `details.version` is the present one", body = ErrorBody),
        AdminItemFailures))]
#[patch("/hackathons/{id}")]
pub(crate) async fn change(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<HackathonId>,
    IfMatch(version): IfMatch,
    body: web::Json<HackathonPatch>,
) -> Result<HttpResponse, ApiError> {
    let change = body.into_inner().command(version)?;
    let hackathon = services.challenge.hackathons.change(actor, *id, change).await?;
    let tag = etag(hackathon.version);
    Ok(HttpResponse::Ok().insert_header(tag).json(Success::new(WrittenHackathonData::from(hackathon))))
}

/// Deletes a hackathon nobody has worked in. For administrators.
#[utoipa::path(tag = "hackathons", security(("bearer" = [])), params(("id" = String, Path, description = "The hackathon")), responses(
    (status = 204, description = "Deleted"),
    (status = 409, description = "`INVALID_STATE`: there are conversations", body = ErrorBody), AdminDeleteFailures))]
#[delete("/hackathons/{id}")]
pub(crate) async fn delete(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<HackathonId>,
) -> Result<HttpResponse, ApiError> {
    services.challenge.hackathons.delete(actor, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Moves a hackathon on: `Brouillon` to `En cours` or `Test`, `Test` to `En cours` or `Brouillon`, `En cours` to `Terminé`, `Terminé` to
/// `Archivé`, which needs that no examiner is grading, or `force`. For administrators.
#[utoipa::path(tag = "hackathons", security(("bearer" = [])), params(("id" = String, Path, description = "The hackathon")), responses(
    (status = 200, description = "The hackathon", body = Success<HackathonData>, headers(("ETag" = String, description = "The version"))),
    (status = 409, description = "`INVALID_TRANSITION`: `details` has `from`, `to` and the `allowed` ones; or what \
        an allowed one needs is not there, the message says what", body = ErrorBody),
    AdminItemFailures))]
#[post("/hackathons/{id}/statut")]
pub(crate) async fn transition(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<HackathonId>,
    body: web::Json<TransitionBody>,
) -> Result<HttpResponse, ApiError> {
    let hackathons = &services.challenge.hackathons;
    let hackathon = match body.into_inner().to()? {
        (to, true) => hackathons.force_transition(actor, *id, to).await?,
        (to, false) => hackathons.transition(actor, *id, to).await?,
    };
    let tag = etag(hackathon.version);
    Ok(HttpResponse::Ok().insert_header(tag).json(Success::new(HackathonData::from(hackathon))))
}
