//! Conversations over HTTP.

use actix_web::{HttpResponse, get, post, put, web};
use atelier_domain::kernel::ConversationId;

use crate::caller::Caller;
use crate::envelope::{NumberedPagination, SkipPagination, Success, SuccessPage};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{IdempotencyHeader, LongJson, NumberedQuery, PathId};
use crate::failures::{ItemFailures, ReadFailures, WriteFailures};
use crate::state::HttpServices;

use super::answer::{ConversationData, ConversationsData, MessagesData};
use super::handed_in::HandedInData;
use super::request::{ConversationJson, ConversationQuery, FinalVersionJson, MessageQuery, fingerprint};

/// Begins a conversation on a task of a hackathon. The first one in a hackathon enrols the caller.
#[utoipa::path(tag = "conversations", security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 printable ASCII characters; a repeat within 24 h returns the first answer")),
    request_body = ConversationJson,
    responses(
        (status = 201, description = "Begun", body = Success<ConversationData>),
        (status = 403, description = "`CONSENT_REQUIRED`: there is no profile with consent; or the caller is an examiner", body = ErrorBody),
        (status = 404, description = "No such hackathon", body = ErrorBody),
        (status = 409, description = "`HACKATHON_CLOSED`: it has not begun, or is over", body = ErrorBody),
        (status = 422, description = "The idempotency key was used with another content", body = ErrorBody),
        WriteFailures))]
#[post("/conversations")]
pub(crate) async fn create(
    Caller(actor): Caller,
    idempotency: IdempotencyHeader,
    services: web::Data<HttpServices>,
    body: web::Json<ConversationJson>,
) -> Result<HttpResponse, ApiError> {
    let new = body.into_inner().command()?;
    let request = idempotency.request(fingerprint(&new));
    let conversation = services.challenge.conversations.create(actor, new, request.as_ref()).await?;
    Ok(HttpResponse::Created().json(Success::new(ConversationData::from(&conversation))))
}

/// The caller's own conversations, newest first; archived ones are out of sight.
#[utoipa::path(tag = "conversations", security(("bearer" = [])), params(NumberedQuery, ConversationQuery), responses(
    (status = 200, description = "A page of conversations", body = SuccessPage<ConversationsData, NumberedPagination>),
    (status = 400, description = "Invalid query", body = ErrorBody),
    ReadFailures))]
#[get("/conversations")]
pub(crate) async fn list(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    paging: web::Query<NumberedQuery>,
    query: web::Query<ConversationQuery>,
) -> Result<HttpResponse, ApiError> {
    let mut problems = Vec::new();
    let (hackathon_id, submitted) = query.filter(&mut problems);
    let page = paging.page_with(problems)?;
    let paged = services.challenge.conversations.list(actor, hackathon_id, submitted, &page).await?;
    Ok(HttpResponse::Ok().json(ConversationsData::page(&page, &paged)))
}

/// One conversation, without its messages: the caller's own, or one of the caller's group. Administrators see all, examiners those handed
/// in; while the hackathon is anonymous they know them by their aliases and see what the second form of the answer has.
#[utoipa::path(tag = "conversations", security(("bearer" = [])),
    params(("id" = String, Path, description = "The conversation, by the id the caller knows it by", example = "65f0c0ffee65f0c0ffee65f5")),
    responses((status = 200, description = "The conversation", body = Success<ConversationData>), ItemFailures))]
#[get("/conversations/{id}")]
pub(crate) async fn get(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<ConversationId>,
) -> Result<HttpResponse, ApiError> {
    let seen = services.challenge.conversations.get(actor, *id).await?;
    Ok(HttpResponse::Ok().json(Success::new(ConversationData::from(&seen))))
}

/// A conversation's messages, the oldest first, for whoever may see the conversation.
#[utoipa::path(tag = "conversations", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "The conversation, by the id the caller knows it by", example = "65f0c0ffee65f0c0ffee65f5"),
        MessageQuery,
    ),
    responses((status = 200, description = "A page of messages", body = SuccessPage<MessagesData, SkipPagination>), ItemFailures))]
#[get("/conversations/{id}/messages")]
pub(crate) async fn messages(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<ConversationId>,
    query: web::Query<MessageQuery>,
) -> Result<HttpResponse, ApiError> {
    let (skip, limit) = query.slice()?;
    let (seen, messages) = services.challenge.conversations.messages(actor, *id, skip, limit).await?;
    let total = u64::from(seen.conversation.message_count);
    let pagination = SkipPagination::of_growing(u64::from(skip), limit, messages.len(), total);
    Ok(HttpResponse::Ok().json(SuccessPage::new(MessagesData::of(&seen, &messages, skip), pagination)))
}

/// Hands in the final version, or another one in its place while the hackathon runs and nobody has graded it. The answer warns of what the
/// texts tell of the student; the jury sees those places masked.
#[utoipa::path(tag = "conversations", security(("bearer" = [])),
    params(("id" = String, Path, description = "The conversation's id", example = "65f0c0ffee65f0c0ffee65f5")),
    request_body = FinalVersionJson,
    responses(
        (status = 200, description = "Handed in", body = Success<HandedInData>),
        (status = 404, description = "No such conversation of the caller", body = ErrorBody),
        (status = 409, description = "`HACKATHON_CLOSED`: it is over; `CONVERSATION_BUSY`: an answer is on its way; `INVALID_STATE`: the jury has \
            begun", body = ErrorBody),
        WriteFailures))]
#[put("/conversations/{id}/version-finale")]
pub(crate) async fn hand_in(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<ConversationId>,
    LongJson(body): LongJson<FinalVersionJson>,
) -> Result<HttpResponse, ApiError> {
    let command = body.command()?;
    let conversation = services.challenge.conversations.hand_in(actor, *id, &command).await?;
    let leaks = services.challenge.conversations.leaks(&conversation).await?;
    Ok(HttpResponse::Ok().json(Success::new(HandedInData::of(&conversation, &leaks))))
}
