//! Name, address, password, consent.

use actix_web::{HttpResponse, get, patch, put, web};
use atelier_domain::identity::UpdateMe;
use atelier_domain::kernel::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::caller::{Caller, Client};
use crate::envelope::Success;
use crate::error::{ApiError, ErrorBody};
use crate::failures::{ReadFailures, WriteFailures};
use crate::identity::me::quotas::MeData;
use crate::identity::user::UserData;
use crate::state::HttpServices;

/// The caller's account.
#[utoipa::path(tag = "users", security(("bearer" = [])), responses(
    (status = 200, description = "The account, and what is left of its quotas", body = Success<MeData>), ReadFailures))]
#[get("/users/me")]
pub(crate) async fn read(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let profile = services.accounts.me(&actor).await?;
    let quotas = services.quotas.of(actor).await?;
    Ok(HttpResponse::Ok().json(Success::new(MeData { user: profile.into(), quotas: quotas.into() })))
}

/// Changes to the caller's account; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "John Doe"}))]
pub(crate) struct UpdateMeBody {
    /// 2 to 100 characters.
    #[schema(min_length = 2, max_length = 100)]
    name: Option<String>,
    /// Another address; it has to be confirmed anew.
    #[schema(format = Email)]
    email: Option<String>,
    /// Needed to change the address.
    #[schema(format = Password)]
    current_password: Option<String>,
}

/// Changes name and address. Another address needs `current_password` (a wrong one is 401), is
/// unconfirmed, and is mailed a link to confirm it.
#[utoipa::path(tag = "users", security(("bearer" = [])), responses(
    (status = 200, description = "The account", body = Success<UserData>),
    (status = 409, description = "`EMAIL_TAKEN`", body = ErrorBody), WriteFailures))]
#[patch("/users/me")]
pub(crate) async fn update(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    client: Client,
    body: web::Json<UpdateMeBody>,
) -> Result<HttpResponse, ApiError> {
    let body = body.into_inner();
    let command = UpdateMe { name: body.name, email: body.email, current_password: body.current_password.map(SecretString::from) };
    let profile = services.accounts.update_me(&actor, command, &client.into()).await?;
    Ok(HttpResponse::Ok().json(UserData::answer(profile)))
}

/// The present password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_password": "securepassword123", "new_password": "an even better one"}))]
pub(crate) struct PasswordBody {
    /// The present password.
    #[schema(format = Password)]
    current_password: String,
    /// At least 8 characters, at most 72 bytes.
    #[schema(format = Password, min_length = 8, max_length = 72)]
    new_password: String,
}

/// Sets another password and signs the caller's other devices out. A wrong `current_password` is 401.
#[utoipa::path(tag = "users", security(("bearer" = [])), responses(
    (status = 204, description = "The password is set"), WriteFailures))]
#[put("/users/me/password")]
pub(crate) async fn change_password(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    client: Client,
    body: web::Json<PasswordBody>,
) -> Result<HttpResponse, ApiError> {
    let body = body.into_inner();
    let current = SecretString::from(body.current_password);
    services.accounts.change_password(&actor, &current, body.new_password.into(), &client.into()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The version of the text agreed to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"version": "2026-01"}))]
pub(crate) struct ConsentBody {
    /// The present version, as the operator set it.
    version: String,
}

/// Records the caller's consent to the processing of body photos.
#[utoipa::path(tag = "users", security(("bearer" = [])), responses(
    (status = 200, description = "The account", body = Success<UserData>), WriteFailures))]
#[put("/users/me/consent")]
pub(crate) async fn give_consent(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    body: web::Json<ConsentBody>,
) -> Result<HttpResponse, ApiError> {
    let profile = services.accounts.give_consent(&actor, &body.version).await?;
    Ok(HttpResponse::Ok().json(UserData::answer(profile)))
}
