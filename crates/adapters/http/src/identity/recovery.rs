//! Ways back into an account, and the proof of an address.

use actix_web::{HttpResponse, post, web};
use atelier_domain::identity::ResetPassword;
use atelier_domain::kernel::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::caller::{Caller, Client};
use crate::envelope::Success;
use crate::error::{ApiError, ErrorBody};
use crate::state::HttpServices;

use super::tokens::{self, TokensBody};
use crate::failures::{OpenFailures, ReadFailures};

/// An address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "user@example.com"}))]
pub(crate) struct EmailBody {
    /// The address of an account, or of none: the answer is the same.
    #[schema(format = Email)]
    email: String,
}

/// A token from a mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "q0Yk3v1S9…"}))]
pub(crate) struct TokenBody {
    /// What follows `=` in the mailed link.
    token: String,
}

/// A reset code and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "user@example.com", "code": "042917", "new_password": "securepassword123"}))]
pub(crate) struct ResetBody {
    /// The address the code was mailed to.
    #[schema(format = Email)]
    email: String,
    /// The six digits.
    code: String,
    /// At least 8 characters, at most 72 bytes.
    #[schema(format = Password, min_length = 8, max_length = 72)]
    new_password: String,
}

/// Work that goes on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// What happens now.
    #[schema(example = "if this address has an account, a mail is on its way")]
    message: &'static str,
}

/// Answers 202 with what happens now.
pub(super) fn accepted(message: &'static str) -> HttpResponse {
    HttpResponse::Accepted().json(Success::new(Accepted { message }))
}

const MAILED: &str = "if this address has an account, a mail is on its way";

/// Mails a code to set a new password with, valid 10 minutes. Known and unknown addresses answer the same.
#[utoipa::path(tag = "auth", responses((status = 202, description = "Accepted", body = Success<Accepted>), OpenFailures))]
#[post("/auth/forgot-password")]
pub(crate) async fn forgot_password(services: web::Data<HttpServices>, body: web::Json<EmailBody>) -> Result<HttpResponse, ApiError> {
    services.recovery.forgot_password(&body.email).await?;
    Ok(accepted(MAILED))
}

/// Sets a new password by a mailed code, once, and signs every device out. Five wrong tries void the code. A code that is wrong, used or
/// expired is 400 `RESET_CODE_INVALID`.
#[utoipa::path(tag = "auth", responses((status = 204, description = "The password is set"), OpenFailures))]
#[post("/auth/reset-password")]
pub(crate) async fn reset_password(
    services: web::Data<HttpServices>,
    client: Client,
    body: web::Json<ResetBody>,
) -> Result<HttpResponse, ApiError> {
    let body = body.into_inner();
    let command = ResetPassword { email: body.email, code: body.code.into(), new_password: body.new_password.into() };
    services.recovery.reset_password(command, &client.into()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Mails a link that confirms the caller's address, valid 24 hours.
#[utoipa::path(tag = "auth", security(("bearer" = [])), responses(
    (status = 202, description = "Accepted", body = Success<Accepted>), ReadFailures))]
#[post("/auth/verify-email/request")]
pub(crate) async fn request_verification(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    services.recovery.request_verification(&actor).await?;
    Ok(accepted("unless the address is confirmed already, a mail is on its way"))
}

/// Confirms an address by the mailed token.
#[utoipa::path(tag = "auth", responses(
    (status = 204, description = "The address is confirmed"),
    (status = 401, description = "`LINK_INVALID`: wrong, used or expired, or the account has another address by now", body = ErrorBody),
    OpenFailures))]
#[post("/auth/verify-email")]
pub(crate) async fn verify_email(
    services: web::Data<HttpServices>,
    client: Client,
    body: web::Json<TokenBody>,
) -> Result<HttpResponse, ApiError> {
    services.recovery.verify_email(&SecretString::from(body.into_inner().token), &client.into()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Mails a link that signs in, once, within 10 minutes. Known and unknown addresses answer the same.
#[utoipa::path(tag = "auth", responses((status = 202, description = "Accepted", body = Success<Accepted>), OpenFailures))]
#[post("/auth/magic-link")]
pub(crate) async fn request_magic_link(services: web::Data<HttpServices>, body: web::Json<EmailBody>) -> Result<HttpResponse, ApiError> {
    services.recovery.request_magic_link(&body.email).await?;
    Ok(accepted(MAILED))
}

/// Signs a device in by the token of a mailed link.
#[utoipa::path(tag = "auth", responses(
    (status = 200, description = "Signed in", body = TokensBody),
    (status = 401, description = "`LINK_INVALID`: wrong, used or expired", body = ErrorBody), OpenFailures))]
#[post("/auth/magic-link/consume")]
pub(crate) async fn consume_magic_link(
    services: web::Data<HttpServices>,
    client: Client,
    body: web::Json<TokenBody>,
) -> Result<HttpResponse, ApiError> {
    let token = SecretString::from(body.into_inner().token);
    let signed_in = services.recovery.consume_magic_link(&token, &client.into()).await?;
    Ok(tokens::answer(HttpResponse::Ok(), signed_in))
}
