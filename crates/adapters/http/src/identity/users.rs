//! Accounts, as administrators see them.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, delete, get, patch, web};
use atelier_domain::identity::{AccountFilter, AccountStats, ChangeAccount, Role};
use atelier_domain::kernel::UserId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::caller::{Caller, KnownAccounts};
use crate::envelope::{NumberedPagination, Success, SuccessPage};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{NumberedQuery, PathId};
use crate::state::HttpServices;

use super::user::{User, UserData};
use crate::failures::{AdminFailures, AdminItemFailures};

/// Which accounts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsersQuery {
    /// Only this role.
    #[param(example = "user")]
    role: Option<String>,
}

/// A page of accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsersData {
    /// Newest first.
    users: Vec<User>,
}

fn role(text: Option<&str>) -> Result<Option<Role>, ApiError> {
    text.map(|text| text.parse::<Role>().map_err(|unknown| ApiError::invalid_field("role", unknown.to_string()))).transpose()
}

/// Every account, newest first. For administrators.
#[utoipa::path(tag = "users", security(("bearer" = [])), responses(
    (status = 200, description = "A page of accounts", body = SuccessPage<UsersData, NumberedPagination>), AdminFailures))]
#[get("/users")]
pub(crate) async fn list(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    query: web::Query<UsersQuery>,
    page: web::Query<NumberedQuery>,
) -> Result<HttpResponse, ApiError> {
    let (filter, page) = (AccountFilter { role: role(query.role.as_deref())? }, page.page()?);
    let found = services.administration.list(&actor, &filter, &page).await?;
    let pagination = NumberedPagination::of(&page, &found);
    let users = found.items.into_iter().map(User::from).collect();
    Ok(HttpResponse::Ok().json(SuccessPage::new(UsersData { users }, pagination)))
}

/// Counts of accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserStats {
    /// All accounts.
    #[schema(example = 42)]
    total: u64,
    /// Those that may sign in.
    #[schema(example = 40)]
    active: u64,
    /// Those with a confirmed address.
    #[schema(example = 17)]
    verified: u64,
    /// By role, roles without accounts included.
    #[schema(example = json!({"user": 38, "premium": 3, "student": 0, "examiner": 0, "admin": 1}))]
    by_role: BTreeMap<&'static str, u64>,
}

impl From<AccountStats> for UserStats {
    fn from(stats: AccountStats) -> Self {
        let mut by_role: BTreeMap<_, _> = Role::ALL.into_iter().map(|role| (role.as_str(), 0)).collect();
        by_role.extend(stats.by_role.into_iter().map(|(role, accounts)| (role.as_str(), accounts)));
        Self { total: stats.total, active: stats.active, verified: stats.verified, by_role }
    }
}

/// Counts of accounts by role and state. For administrators.
#[utoipa::path(tag = "users", security(("bearer" = [])), responses(
    (status = 200, description = "The counts", body = Success<UserStats>), AdminFailures))]
#[get("/users/stats")]
pub(crate) async fn count(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let stats = services.administration.stats(&actor).await?;
    Ok(HttpResponse::Ok().json(Success::new(UserStats::from(stats))))
}

/// Changes to an account; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "premium"}))]
pub(crate) struct ChangeUserBody {
    /// `user`, `premium`, `student`, `examiner` or `admin`; the French and plural forms are taken, too.
    role: Option<String>,
    /// Whether the account may sign in.
    is_active: Option<bool>,
    /// Another address, unconfirmed.
    #[schema(format = Email)]
    email: Option<String>,
}

/// Changes role, activity or address of an account; each change is audited. For administrators.
#[utoipa::path(tag = "users", security(("bearer" = [])), params(("id" = String, Path, description = "The account")), responses(
    (status = 200, description = "The account", body = Success<UserData>),
    (status = 409, description = "`EMAIL_TAKEN`, or `LAST_ADMIN`: no active administrator would be left", body = ErrorBody),
    AdminItemFailures))]
#[patch("/users/{id}")]
pub(crate) async fn change(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    known: web::Data<KnownAccounts>,
    id: PathId<UserId>,
    body: web::Json<ChangeUserBody>,
) -> Result<HttpResponse, ApiError> {
    let body = body.into_inner();
    let command = ChangeAccount { role: role(body.role.as_deref())?, is_active: body.is_active, email: body.email };
    let profile = services.administration.change(&actor, *id, command).await?;
    known.forget(*id).await;
    Ok(HttpResponse::Ok().json(UserData::answer(profile)))
}

/// Deactivates an account and signs every device out; nothing is erased. For administrators.
#[utoipa::path(tag = "users", security(("bearer" = [])), params(("id" = String, Path, description = "The account")), responses(
    (status = 204, description = "Deactivated"),
    (status = 409, description = "`LAST_ADMIN`: no active administrator would be left", body = ErrorBody), AdminItemFailures))]
#[delete("/users/{id}")]
pub(crate) async fn deactivate(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    known: web::Data<KnownAccounts>,
    id: PathId<UserId>,
) -> Result<HttpResponse, ApiError> {
    services.administration.deactivate(&actor, *id).await?;
    known.forget(*id).await;
    Ok(HttpResponse::NoContent().finish())
}
