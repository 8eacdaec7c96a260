//! Signing up, in, on and out.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, post, web};
use atelier_domain::identity::{LogIn, SignUp};
use atelier_domain::kernel::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::caller::Client;
use crate::error::{ApiError, ErrorBody};
use crate::state::HttpServices;

use super::tokens::{self, TokensBody};
use crate::failures::OpenFailures;

/// A new person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "user@example.com", "password": "securepassword123", "name": "John Doe"}))]
pub(crate) struct SignUpBody {
    /// The address; upper and lower case are the same.
    #[schema(format = Email)]
    email: String,
    /// At least 8 characters, at most 72 bytes.
    #[schema(format = Password, min_length = 8, max_length = 72)]
    password: String,
    /// 2 to 100 characters.
    #[schema(min_length = 2, max_length = 100)]
    name: String,
}

/// Signs a person up and the device in. A link to confirm the address is mailed.
#[utoipa::path(tag = "auth", responses(
    (status = 201, description = "Signed up and in", body = TokensBody),
    (status = 409, description = "`EMAIL_TAKEN`: the address has an account, in these or other letters", body = ErrorBody), OpenFailures))]
#[post("/auth/signup")]
pub(crate) async fn sign_up(
    services: web::Data<HttpServices>,
    client: Client,
    body: web::Json<SignUpBody>,
) -> Result<HttpResponse, ApiError> {
    let body = body.into_inner();
    let command = SignUp { email: body.email, password: body.password.into(), name: body.name };
    let signed_in = services.accounts.sign_up(command, &client.into()).await?;
    Ok(tokens::answer(HttpResponse::Created(), signed_in))
}

/// An address and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "user@example.com", "password": "securepassword123"}))]
pub(crate) struct LogInBody {
    /// The address.
    email: String,
    /// The password.
    #[schema(format = Password)]
    password: String,
}

/// The password grant of OAuth2 (RFC 6749, 4.3.2), as its clients send it. Scopes and client credentials have no meaning here.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grant_type": "password", "username": "user@example.com", "password": "securepassword123"}))]
pub(crate) struct PasswordGrant {
    /// `password`, or absent.
    grant_type: Option<String>,
    /// The address.
    username: String,
    /// The password.
    #[schema(format = Password)]
    password: String,
    /// Ignored.
    #[serde(rename = "scope")]
    _scope: Option<String>,
    /// Ignored.
    #[serde(rename = "client_id")]
    _client_id: Option<String>,
    /// Ignored.
    #[serde(rename = "client_secret")]
    _client_secret: Option<String>,
}

/// A log-in in either form (CW15).
pub(crate) struct Credentials(LogIn);

impl FromRequest for Credentials {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if content_type.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            let form = web::Form::<PasswordGrant>::from_request(request, payload);
            Box::pin(async move {
                let form = form.await?.into_inner();
                if form.grant_type.is_some_and(|grant| grant != "password") {
                    return Err(ApiError::invalid_field("grant_type", "must be password").into());
                }
                Ok(Self(LogIn { email: form.username, password: form.password.into() }))
            })
        } else {
            let json = web::Json::<LogInBody>::from_request(request, payload);
            Box::pin(async move {
                let body = json.await?.into_inner();
                Ok(Self(LogIn { email: body.email, password: body.password.into() }))
            })
        }
    }
}

/// Signs a device in, by JSON or by the form of OAuth2. An unknown address and a wrong password answer the same, in the same time.
#[utoipa::path(tag = "auth",
    request_body(content((LogInBody = "application/json"), (PasswordGrant = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, description = "Signed in", body = TokensBody),
        (status = 401, description = "Wrong address or password, or an account that is not active", body = ErrorBody), OpenFailures))]
#[post("/auth/login")]
pub(crate) async fn log_in(services: web::Data<HttpServices>, client: Client, credentials: Credentials) -> Result<HttpResponse, ApiError> {
    let signed_in = services.accounts.log_in(credentials.0, &client.into()).await?;
    Ok(tokens::answer(HttpResponse::Ok(), signed_in))
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "q0Yk3v1S9…"}))]
pub(crate) struct RefreshBody {
    /// The newest refresh token of the device.
    refresh_token: String,
}

/// Trades a refresh token for new tokens. Each is good once: one that is used again signs its device out.
#[utoipa::path(tag = "auth", responses(
    (status = 200, description = "New tokens", body = TokensBody),
    (status = 401, description = "Unknown, used, revoked or expired", body = ErrorBody), OpenFailures))]
#[post("/auth/refresh")]
pub(crate) async fn refresh(
    services: web::Data<HttpServices>,
    client: Client,
    body: web::Json<RefreshBody>,
) -> Result<HttpResponse, ApiError> {
    let token = SecretString::from(body.into_inner().refresh_token);
    let signed_in = services.accounts.refresh(&token, &client.into()).await?;
    Ok(tokens::answer(HttpResponse::Ok(), signed_in))
}

/// Signs the device of a refresh token out.
#[utoipa::path(tag = "auth", responses((status = 204, description = "Signed out, if it was signed in"), OpenFailures))]
#[post("/auth/logout")]
pub(crate) async fn log_out(services: web::Data<HttpServices>, body: web::Json<RefreshBody>) -> Result<HttpResponse, ApiError> {
    services.accounts.log_out(&SecretString::from(body.into_inner().refresh_token)).await?;
    Ok(HttpResponse::NoContent().finish())
}
