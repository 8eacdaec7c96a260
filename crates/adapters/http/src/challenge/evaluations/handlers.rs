//! Evaluations over HTTP.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use atelier_domain::kernel::{EvaluationId, HackathonId};

use crate::caller::Caller;
use crate::envelope::{NumberedPagination, Success, SuccessPage};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{IdempotencyHeader, NumberedQuery, PathId};
use crate::failures::{AdminFailures, AdminItemFailures, ItemFailures, ReadFailures, WriteFailures};
use crate::state::HttpServices;
use crate::version::{IfMatch, etag};

use super::answer::{EvaluationData, EvaluationStatsDto, EvaluationsData, ScaleDto};
use super::request::{EvaluationJson, EvaluationPatch, EvaluationQuery, fingerprint};

/// The scale of notes and their labels.
#[utoipa::path(tag = "evaluations", security(("bearer" = [])), responses(
    (status = 200, description = "The scale", body = Success<ScaleDto>), ReadFailures))]
#[get("/evaluations/scale")]
pub(crate) async fn scale(Caller(_actor): Caller) -> HttpResponse {
    HttpResponse::Ok().json(Success::new(ScaleDto::new()))
}

/// Grades a conversation that was handed in. Each examiner grades a conversation once; what was said can be changed until the results are
/// published.
#[utoipa::path(tag = "evaluations", security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 printable ASCII characters; a repeat within 24 h returns the first answer")),
    request_body = EvaluationJson,
    responses(
        (status = 201, description = "Graded", body = Success<EvaluationData>, headers(("ETag" = String, description = "The version"))),
        (status = 403, description = "For examiners and administrators only", body = ErrorBody),
        (status = 404, description = "No such conversation, or it is not handed in, a trial, or the caller's own", body = ErrorBody),
        (status = 409, description = "`EVALUATION_EXISTS`: the caller has graded it, `details.evaluationId`; `HACKATHON_CLOSED`: nothing is graded \
            now; `INVALID_STATE`: the results are published, or the caller is recused", body = ErrorBody),
        (status = 422, description = "The idempotency key was used with another content", body = ErrorBody),
        WriteFailures))]
#[post("/evaluations")]
pub(crate) async fn grade(
    Caller(actor): Caller,
    idempotency: IdempotencyHeader,
    services: web::Data<HttpServices>,
    body: web::Json<EvaluationJson>,
) -> Result<HttpResponse, ApiError> {
    let new = body.into_inner().command()?;
    let request = idempotency.request(fingerprint(&new));
    let seen = services.challenge.evaluations.grade(actor, &new, request.as_ref()).await?;
    let data = EvaluationData::from(&seen);
    Ok(HttpResponse::Created().insert_header(etag(seen.evaluation.version)).json(Success::new(data)))
}

/// Evaluations, last graded first: administrators see all, examiners their own, students those of their work in a hackathon whose results
/// are published.
#[utoipa::path(tag = "evaluations", security(("bearer" = [])), params(NumberedQuery, EvaluationQuery), responses(
    (status = 200, description = "A page of evaluations", body = SuccessPage<EvaluationsData, NumberedPagination>), AdminFailures))]
#[get("/evaluations")]
pub(crate) async fn list(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    paging: web::Query<NumberedQuery>,
    query: web::Query<EvaluationQuery>,
) -> Result<HttpResponse, ApiError> {
    let mut problems = Vec::new();
    let filter = query.filter(&mut problems);
    let page = paging.page_with(problems)?;
    let paged = services.challenge.evaluations.list(actor, &filter, &page).await?;
    Ok(HttpResponse::Ok().json(EvaluationsData::page(&page, &paged)))
}

/// One evaluation. Examiners see another's of a conversation once their own is in; students theirs once the results are published.
#[utoipa::path(tag = "evaluations", security(("bearer" = [])),
    params(("id" = String, Path, description = "The evaluation's id", example = "65f0c0ffee65f0c0ffee65f7")),
    responses(
        (status = 200, description = "The evaluation", body = Success<EvaluationData>, headers(("ETag" = String, description = "The version"))),
        ItemFailures))]
#[get("/evaluations/{id}")]
pub(crate) async fn get(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<EvaluationId>,
) -> Result<HttpResponse, ApiError> {
    let seen = services.challenge.evaluations.get(actor, *id).await?;
    let data = EvaluationData::from(&seen);
    Ok(HttpResponse::Ok().insert_header(etag(seen.evaluation.version)).json(Success::new(data)))
}

/// Changes one's own evaluation until the results are published. With `If-Match` it is changed only when nobody has changed it since.
#[utoipa::path(tag = "evaluations", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The evaluation's id", example = "65f0c0ffee65f0c0ffee65f7"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version the change is made to", example = "\"1\""),
    ),
    request_body = EvaluationPatch,
    responses(
        (status = 200, description = "Changed", body = Success<EvaluationData>, headers(("ETag" = String, description = "The version"))),
        (status = 409, description = "`PRECONDITION_FAILED`: it was changed since, `details.version`; `HACKATHON_CLOSED`: nothing is graded now; \
            `INVALID_STATE`: the results are published", body = ErrorBody),
        AdminItemFailures))]
#[patch("/evaluations/{id}")]
pub(crate) async fn change(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<EvaluationId>,
    IfMatch(expected): IfMatch,
    body: web::Json<EvaluationPatch>,
) -> Result<HttpResponse, ApiError> {
    let command = body.into_inner().command(expected)?;
    let seen = services.challenge.evaluations.change(actor, *id, &command).await?;
    let data = EvaluationData::from(&seen);
    Ok(HttpResponse::Ok().insert_header(etag(seen.evaluation.version)).json(Success::new(data)))
}

/// Takes an evaluation back until the results are published: examiners their own, administrators any.
#[utoipa::path(tag = "evaluations", security(("bearer" = [])),
    params(("id" = String, Path, description = "The evaluation's id", example = "65f0c0ffee65f0c0ffee65f7")),
    responses(
        (status = 204, description = "Taken back"),
        (status = 403, description = "For examiners and administrators only", body = ErrorBody),
        (status = 409, description = "`HACKATHON_CLOSED`: nothing is graded now; `INVALID_STATE`: the results are published", body = ErrorBody),
        ItemFailures))]
#[delete("/evaluations/{id}")]
pub(crate) async fn delete(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<EvaluationId>,
) -> Result<HttpResponse, ApiError> {
    services.challenge.evaluations.delete(actor, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A hackathon's notes in figures. Until the results are published administrators get those of all, examiners those of the conversations
/// they have graded themselves, students none.
#[utoipa::path(tag = "evaluations", security(("bearer" = [])),
    params(("id" = String, Path, description = "The hackathon's id", example = "65f0c0ffee65f0c0ffee65f4")),
    responses((status = 200, description = "The figures", body = Success<EvaluationStatsDto>), ItemFailures))]
#[get("/hackathons/{id}/evaluations/stats")]
pub(crate) async fn stats(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<HackathonId>,
) -> Result<HttpResponse, ApiError> {
    let stats = services.challenge.evaluations.stats(actor, *id).await?;
    Ok(HttpResponse::Ok().json(Success::new(EvaluationStatsDto::from(stats))))
}
