//! The answer to every sign-in. The tokens are at the top level, so that standard OAuth2 clients find them.

use actix_web::http::header;
use actix_web::{HttpResponse, HttpResponseBuilder};
use atelier_domain::identity::SignedIn;
use atelier_domain::kernel::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use super::user::UserData;

/// The tokens of a signed-in device.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokensBody {
    /// Always `success`.
    #[schema(example = "success")]
    status: &'static str,
    /// Send it as `Authorization: Bearer …`.
    #[schema(example = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.…")]
    access_token: String,
    /// Always `bearer`.
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    expires_in: u64,
    /// Good for one `POST /auth/refresh`.
    #[schema(example = "q0Yk3v1S9…")]
    refresh_token: String,
    /// Whose they are.
    data: UserData,
}

/// Answers with the tokens; no cache may keep them (RFC 6749, 5.1).
pub(super) fn answer(mut status: HttpResponseBuilder, signed_in: SignedIn) -> HttpResponse {
    status.insert_header((header::CACHE_CONTROL, "no-store")).json(TokensBody {
        status: "success",
        access_token: signed_in.tokens.access_token.expose_secret().to_owned(),
        token_type: "bearer",
        expires_in: signed_in.tokens.expires_in_seconds,
        refresh_token: signed_in.tokens.refresh_token.expose_secret().to_owned(),
        data: UserData { user: signed_in.profile.into() },
    })
}
