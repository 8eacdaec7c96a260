//! Who has which conversation, over HTTP.

use actix_web::{HttpResponse, get, post, web};
use atelier_domain::kernel::{ConversationId, HackathonId};

use crate::caller::Caller;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorBody};
use crate::extract::PathId;
use crate::failures::ItemFailures;
use crate::state::HttpServices;

use super::answer::{AssignmentData, AssignmentsData};

/// The caller's queue in a hackathon: what the caller has claimed, what is free, what the caller has graded. The order is the caller's own
/// and tells nothing of when or by whom the work was done. Administrators see every conversation that may be graded.
#[utoipa::path(tag = "evaluations", security(("bearer" = [])),
    params(("id" = String, Path, description = "The hackathon's id", example = "65f0c0ffee65f0c0ffee65f4")),
    responses(
        (status = 200, description = "The queue", body = Success<AssignmentsData>),
        (status = 403, description = "For examiners and administrators only", body = ErrorBody),
        ItemFailures))]
#[get("/hackathons/{id}/assignments")]
pub(crate) async fn assignments(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<HackathonId>,
) -> Result<HttpResponse, ApiError> {
    let queue = services.challenge.evaluations.queue(actor, *id).await?;
    Ok(HttpResponse::Ok().json(Success::new(AssignmentsData::from(queue.as_slice()))))
}

/// Keeps a place in a conversation's jury for the caller for 30 minutes; claiming again begins them anew.
#[utoipa::path(tag = "evaluations", security(("bearer" = [])),
    params(("id" = String, Path, description = "The conversation, by the id the caller knows it by", example = "65f0c0ffee65f0c0ffee65f5")),
    responses(
        (status = 200, description = "Claimed", body = Success<AssignmentData>),
        (status = 403, description = "For examiners and administrators only", body = ErrorBody),
        (status = 409, description = "`ALREADY_CLAIMED`: enough others have it; `EVALUATION_EXISTS`: the caller has graded it, `details.evaluationId`; \
            `INVALID_STATE`: the caller is recused", body = ErrorBody),
        ItemFailures))]
#[post("/conversations/{id}/claim")]
pub(crate) async fn claim(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<ConversationId>,
) -> Result<HttpResponse, ApiError> {
    let queued = services.challenge.evaluations.claim(actor, *id).await?;
    Ok(HttpResponse::Ok().json(Success::new(AssignmentData::from(&queued))))
}

/// Takes the caller out of a conversation's jury for good: a conflict of interest.
#[utoipa::path(tag = "evaluations", security(("bearer" = [])),
    params(("id" = String, Path, description = "The conversation, by the id the caller knows it by", example = "65f0c0ffee65f0c0ffee65f5")),
    responses(
        (status = 204, description = "Recused"),
        (status = 403, description = "For examiners and administrators only", body = ErrorBody),
        (status = 409, description = "`EVALUATION_EXISTS`: the caller has graded it, `details.evaluationId`", body = ErrorBody),
        ItemFailures))]
#[post("/conversations/{id}/recuse")]
pub(crate) async fn recuse(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<ConversationId>,
) -> Result<HttpResponse, ApiError> {
    services.challenge.evaluations.recuse(actor, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
