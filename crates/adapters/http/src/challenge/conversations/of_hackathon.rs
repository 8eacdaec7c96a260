//! A hackathon's conversations and the caller's quota in it, over HTTP.

use actix_web::{HttpResponse, get, web};
use atelier_domain::challenge::conversations::Conversation;
use atelier_domain::challenge::participants::AccountTokens;
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

/// The account's own budget of tokens, over all hackathons.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountTokensDto {
    /// How many the account may use in all; null is no limit.
    #[schema(example = 100_000)]
    tokens_authorized: Option<u64>,
    /// How many it has used.
    #[schema(example = 4_200)]
    tokens_used: u64,
    /// How many are held for answers on their way.
    #[schema(example = 0)]
    tokens_reserved: u64,
    /// How many may still be used; null is no limit.
    #[schema(example = 95_800)]
    tokens_remaining: Option<u64>,
}

impl From<&AccountTokens> for AccountTokensDto {
    fn from(tokens: &AccountTokens) -> Self {
        Self {
            tokens_authorized: tokens.authorized,
            tokens_used: tokens.used,
            tokens_reserved: tokens.reserved,
            tokens_remaining: tokens.free(),
        }
    }
}

/// A quota.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuotaData {
    /// Of the hackathon.
    quota: QuotaDto,
    /// Of the account; a prompt needs room in both.
    #[serde(rename = "compte")]
    account: AccountTokensDto,
}

/// What is left of the caller's quota in a hackathon, while it is in test of the trial's, and of the account's own budget.
#[utoipa::path(tag = "conversations", security(("bearer" = [])),
    params(("id" = String, Path, description = "The hackathon's id", example = "65f0c0ffee65f0c0ffee65f4")),
    responses((status = 200, description = "The quota", body = Success<QuotaData>), ItemFailures))]
#[get("/hackathons/{id}/quota")]
pub(crate) async fn quota(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<HackathonId>,
) -> Result<HttpResponse, ApiError> {
    let conversations = &services.challenge.conversations;
    let left = conversations.quota(actor, *id).await?;
    let account = conversations.account_tokens(actor).await?;
    Ok(HttpResponse::Ok().json(Success::new(QuotaData { quota: (&left).into(), account: (&account).into() })))
}
