//! Results over HTTP.

use actix_web::{HttpResponse, get, post, web};
use atelier_domain::challenge::results::Leaderboard;
use atelier_domain::kernel::HackathonId;

use crate::caller::Caller;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorBody};
use crate::extract::PathId;
use crate::failures::{AdminDeleteFailures, ItemFailures};
use crate::state::HttpServices;

use super::answer::{AgreementDto, LeaderboardDto, PublishedData, SimilarityData};
use super::compare::Comparisons;

async fn shown(services: &HttpServices, id: HackathonId, standings: Leaderboard) -> Result<LeaderboardDto, ApiError> {
    let names = services.challenge.results.names(id).await?;
    Ok(LeaderboardDto::of(standings, &names))
}

/// The leaderboard, the best first: as it was published, for administrators as it is now. Names are told unless the hackathon is anonymous.
#[utoipa::path(tag = "results", security(("bearer" = [])),
    params(("id" = String, Path, description = "The hackathon's id", example = "65f0c0ffee65f0c0ffee65f4")),
    responses(
        (status = 200, description = "The leaderboard", body = Success<LeaderboardDto>),
        (status = 404, description = "No such hackathon, or its results are not published", body = ErrorBody),
        ItemFailures))]
#[get("/hackathons/{id}/leaderboard")]
pub(crate) async fn leaderboard(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<HackathonId>,
) -> Result<HttpResponse, ApiError> {
    let standings = services.challenge.results.leaderboard(actor, *id).await?;
    Ok(HttpResponse::Ok().json(Success::new(shown(&services, *id, standings).await?)))
}

/// Publishes the results of a finished hackathon for good: nothing is graded any more, and everybody sees the leaderboard as it is now. For
/// administrators.
#[utoipa::path(tag = "results", security(("bearer" = [])),
    params(("id" = String, Path, description = "The hackathon's id", example = "65f0c0ffee65f0c0ffee65f4")),
    responses(
        (status = 200, description = "Published", body = Success<PublishedData>),
        (status = 409, description = "`INVALID_STATE`: the hackathon is not `Terminé`, or its results were published before", body = ErrorBody),
        AdminDeleteFailures))]
#[post("/hackathons/{id}/results/publish")]
pub(crate) async fn publish(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<HackathonId>,
) -> Result<HttpResponse, ApiError> {
    let (standings, published_at) = services.challenge.results.publish(actor, *id).await?;
    let board = shown(&services, *id, standings).await?;
    Ok(HttpResponse::Ok().json(Success::new(PublishedData::of(published_at, board))))
}

/// How far the jury agrees: Krippendorff's alpha, how each examiner grades, and which conversations need a third one. For administrators,
/// and for examiners once the results are published.
#[utoipa::path(tag = "results", security(("bearer" = [])),
    params(("id" = String, Path, description = "The hackathon's id", example = "65f0c0ffee65f0c0ffee65f4")),
    responses(
        (status = 200, description = "The agreement", body = Success<AgreementDto>),
        (status = 403, description = "For examiners and administrators only", body = ErrorBody),
        ItemFailures))]
#[get("/hackathons/{id}/agreement")]
pub(crate) async fn agreement(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<HackathonId>,
) -> Result<HttpResponse, ApiError> {
    let found = services.challenge.results.agreement(actor, *id).await?;
    Ok(HttpResponse::Ok().json(Success::new(AgreementDto::from(found))))
}

/// Final prompts of different students that are nearly the same, task by task; what the task's own words say is left out. For
/// administrators. One search runs at a time.
#[utoipa::path(tag = "results", security(("bearer" = [])),
    params(("id" = String, Path, description = "The hackathon's id", example = "65f0c0ffee65f0c0ffee65f4")),
    responses((status = 200, description = "The pairs", body = Success<SimilarityData>), AdminDeleteFailures))]
#[get("/hackathons/{id}/similarity")]
pub(crate) async fn similarity(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    comparisons: web::Data<Comparisons>,
    id: PathId<HackathonId>,
) -> Result<HttpResponse, ApiError> {
    let place = comparisons.place()?;
    let input = services.challenge.results.similarity(actor, *id).await?;
    let found = place.search(input).await?;
    Ok(HttpResponse::Ok().json(Success::new(SimilarityData::from(found))))
}
