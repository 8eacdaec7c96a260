//! A hackathon's conversations and the caller's quota in it, over HTTP.

use actix_web::{HttpResponse, get, web};
use atelier_domain::challenge::conversations::Conversation;
use atelier_domain::kernel::HackathonId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::envelope::{NumberedPagination, Success, SuccessPage};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{NumberedQuery, PathId};
use crate::failures::{AdminFailures, ItemFailures};
use crate::state::HttpServices;

use super::answer::{ConversationDto, QuotaDto};

/// A conversation in a hackathon's list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HackathonConversationDto {
    #[serde(flatten)]
    conversation: ConversationDto,
    /// Tokens of prompts and answers, as `statistiquesIA.tokensTotal`; 0 without messages.
    #[schema(example = 420)]
    total_tokens: u64,
}

impl From<&Conversation> for HackathonConversationDto {
    fn from(conversation: &Conversation) -> Self {
        Self { conversation: conversation.into(), total_tokens: conversation.tokens_total() }
    }
}

/// A page of a hackathon's conversations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HackathonConversationsData {
    conversations: Vec<HackathonConversationDto>,
}

/// A hackathon's conversations, newest first, trials and archived ones included.
#[utoipa::path(tag = "conversations", security(("bearer" = [])),
    params(("id" = String, Path, description = "The hackathon's id", example = "65f0c0ffee65f0c0ffee65f4"), NumberedQuery),
    responses(
        (status = 200, description = "A page of conversations", body = SuccessPage<HackathonConversationsData, NumberedPagination>),
        (status = 404, description = "No such hackathon", body = ErrorBody),
        AdminFailures))]
#[get("/hackathons/{id}/conversations")]
pub(crate) async fn list(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<HackathonId>,
    paging: web::Query<NumberedQuery>,
) -> Result<HttpResponse, ApiError> {
    let page = paging.page()?;
    let paged = services.challenge.conversations.of_hackathon(actor, *id, &page).await?;
    let data = HackathonConversationsData { conversations: paged.items.iter().map(Into::into).collect() };
    Ok(HttpResponse::Ok().json(SuccessPage::new(data, NumberedPagination::of(&page, &paged))))
}

/// A quota.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuotaData {
    quota: QuotaDto,
}

/// What is left of the caller's quota in a hackathon; while it is in test, of the trial's.
#[utoipa::path(tag = "conversations", security(("bearer" = [])),
    params(("id" = String, Path, description = "The hackathon's id", example = "65f0c0ffee65f0c0ffee65f4")),
    responses((status = 200, description = "The quota", body = Success<QuotaData>), ItemFailures))]
#[get("/hackathons/{id}/quota")]
pub(crate) async fn quota(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<HackathonId>,
) -> Result<HttpResponse, ApiError> {
    let left = services.challenge.conversations.quota(actor, *id).await?;
    Ok(HttpResponse::Ok().json(Success::new(QuotaData { quota: (&left).into() })))
}
