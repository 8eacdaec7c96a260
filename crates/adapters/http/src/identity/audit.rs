//! The audit trail, as administrators see it.

use actix_web::{HttpResponse, get, web};
use atelier_domain::kernel::{AuditFilter, AuditRecord};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::caller::Caller;
use crate::envelope::{NumberedPagination, SuccessPage, time};
use crate::error::ApiError;
use crate::extract::NumberedQuery;
use crate::failures::AdminFailures;
use crate::state::HttpServices;

/// Which entries are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Only this action.
    #[param(example = "identity.role_changed")]
    action: Option<String>,
    /// Only about this.
    #[param(example = "account:0123456789abcdef01234567")]
    subject: Option<String>,
}

/// A page of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditData {
    /// Newest first.
    entries: Vec<Entry>,
}

/// One audited action.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct Entry {
    /// The entry's id.
    #[schema(example = "0123456789abcdef01234567")]
    id: String,
    /// When, UTC.
    #[schema(format = DateTime)]
    at: String,
    /// Who acted; null for the system itself, or once that person was erased.
    actor: Option<String>,
    /// What was done.
    #[schema(example = "identity.role_changed")]
    action: String,
    /// To what; `account:erased` once the account it names was erased.
    #[schema(example = "account:0123456789abcdef01234567")]
    subject: String,
    /// Further facts.
    #[schema(example = "from=user to=admin")]
    details: String,
    /// The number of its seal; null for the seconds until it has one.
    #[schema(example = 1)]
    seq: Option<u64>,
    /// The seal's digest, SHA-256 in hex.
    digest: Option<String>,
}

impl From<AuditRecord> for Entry {
    fn from(AuditRecord { entry, seal }: AuditRecord) -> Self {
        Self {
            id: entry.id.to_string(),
            at: time(entry.at),
            actor: entry.actor.map(|actor| actor.to_string()),
            action: entry.action.into_owned(),
            subject: entry.subject,
            details: entry.details,
            seq: seal.as_ref().map(|seal| seal.seq),
            digest: seal.map(|seal| seal.digest.to_string()),
        }
    }
}

/// The audit trail, newest first. For administrators.
#[utoipa::path(tag = "audit", security(("bearer" = [])), responses(
    (status = 200, description = "A page of the trail", body = SuccessPage<AuditData, NumberedPagination>), AdminFailures))]
#[get("/audit")]
pub(crate) async fn list(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    query: web::Query<AuditQuery>,
    page: web::Query<NumberedQuery>,
) -> Result<HttpResponse, ApiError> {
    let AuditQuery { action, subject } = query.into_inner();
    let page = page.page()?;
    let found = services.audit.list(&actor, &AuditFilter { action, subject }, &page).await?;
    let pagination = NumberedPagination::of(&page, &found);
    let entries = found.items.into_iter().map(Entry::from).collect();
    Ok(HttpResponse::Ok().json(SuccessPage::new(AuditData { entries }, pagination)))
}
