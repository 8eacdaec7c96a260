//! Participants over HTTP.

use actix_web::{HttpResponse, get, put, web};
use atelier_domain::challenge::ChallengeError;
use atelier_domain::kernel::UserId;

use crate::caller::Caller;
use crate::envelope::{NumberedPagination, Success, SuccessPage};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{NumberedQuery, PathId};
use crate::failures::{AdminFailures, AdminItemFailures, ItemWriteFailures, ReadFailures, WriteFailures};
use crate::state::HttpServices;

use super::answer::{ParticipantData, ParticipantsData, RolesData};
use super::profile::ParticipantBody;
use super::request::{ParticipantsQuery, ParticipationConsentBody, TokenBudgetBody};

/// The caller in Prompt Challenge.
#[utoipa::path(tag = "participants", security(("bearer" = [])), responses(
    (status = 200, description = "The participant", body = Success<ParticipantData>),
    (status = 404, description = "The caller has no profile here yet", body = ErrorBody), ReadFailures))]
#[get("/participants/me")]
pub(crate) async fn me(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let participant = services.challenge.participants.me(actor).await?;
    Ok(HttpResponse::Ok().json(Success::new(ParticipantData::of_caller(participant, actor.role))))
}

/// Creates or replaces the caller's profile, and takes the consent when it is said. With consent, a `user` or `premium` account takes part
/// as a student without changing its role.
#[utoipa::path(tag = "participants", security(("bearer" = [])), responses(
    (status = 201, description = "Created", body = Success<ParticipantData>),
    (status = 200, description = "Replaced", body = Success<ParticipantData>), WriteFailures))]
#[put("/participants/me")]
pub(crate) async fn put_me(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    body: web::Json<ParticipantBody>,
) -> Result<HttpResponse, ApiError> {
    let (profile, consent) = body.into_inner().command(services.clock.now().date_naive())?;
    let (participant, is_new) = services.challenge.participants.put_me(actor, profile, consent).await.map_err(named_as_sent)?;
    let mut answer = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(answer.json(Success::new(ParticipantData::of_caller(participant, actor.role))))
}

/// The version of the consent has a longer name beside a profile than alone.
fn named_as_sent(mut error: ChallengeError) -> ChallengeError {
    if let ChallengeError::Invalid(invalid) = &mut error {
        for fault in invalid.0.iter_mut().filter(|fault| fault.field == "version") {
            "consentementVersion".clone_into(&mut fault.field);
        }
    }
    error
}

/// Agrees to the processing of the data, or takes the agreement back, which ends taking part. Audited with version and date.
#[utoipa::path(tag = "participants", security(("bearer" = [])), responses(
    (status = 200, description = "The participant", body = Success<ParticipantData>), ItemWriteFailures))]
#[put("/participants/me/consent")]
pub(crate) async fn put_consent(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    body: web::Json<ParticipationConsentBody>,
) -> Result<HttpResponse, ApiError> {
    let participant = services.challenge.participants.consent(actor, body.into_inner().command()?).await?;
    Ok(HttpResponse::Ok().json(Success::new(ParticipantData::of_caller(participant, actor.role))))
}

/// Every participant, newest first. For administrators.
#[utoipa::path(tag = "participants", security(("bearer" = [])), params(NumberedQuery, ParticipantsQuery), responses(
    (status = 200, description = "A page of participants", body = SuccessPage<ParticipantsData, NumberedPagination>), AdminFailures))]
#[get("/participants")]
pub(crate) async fn list(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    query: web::Query<ParticipantsQuery>,
    paging: web::Query<NumberedQuery>,
) -> Result<HttpResponse, ApiError> {
    let mut problems = Vec::new();
    let role = query.role(&mut problems);
    let page = paging.page_with(problems)?;
    let found = services.challenge.participants.list(actor, role, &page).await?;
    let pagination = NumberedPagination::of(&page, &found);
    Ok(HttpResponse::Ok().json(SuccessPage::new(ParticipantsData::from(found.items), pagination)))
}

/// How many participants have which role. For administrators.
#[utoipa::path(tag = "participants", security(("bearer" = [])), responses(
    (status = 200, description = "The counts", body = Success<RolesData>), AdminFailures))]
#[get("/participants/stats")]
pub(crate) async fn stats(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let counts = services.challenge.participants.stats(actor).await?;
    Ok(HttpResponse::Ok().json(Success::new(RolesData::from(counts))))
}

/// Sets how many tokens an account may use over all hackathons, or lifts the limit; audited. For administrators.
#[utoipa::path(tag = "participants", security(("bearer" = [])), params(("id" = String, Path, description = "The account")), responses(
    (status = 200, description = "The participant", body = Success<ParticipantData>), AdminItemFailures))]
#[put("/participants/{id}/tokens")]
pub(crate) async fn authorize_tokens(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<UserId>,
    body: web::Json<TokenBudgetBody>,
) -> Result<HttpResponse, ApiError> {
    let participant = services.challenge.participants.authorize_tokens(actor, *id, body.into_inner().authorized()?).await?;
    Ok(HttpResponse::Ok().json(Success::new(ParticipantData::from(participant))))
}
