//! Signed-in devices.

use actix_web::{HttpResponse, delete, get, web};
use atelier_domain::identity::SessionInfo;
use atelier_domain::kernel::SessionId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::envelope::{Success, time};
use crate::error::ApiError;
use crate::extract::PathId;
use crate::state::HttpServices;

use crate::failures::{ItemFailures, ReadFailures};

/// A signed-in device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionBody {
    /// The session's id.
    #[schema(example = "65f0c0ffee65f0c0ffee65f1")]
    id: String,
    /// The device's `User-Agent`.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64)")]
    user_agent: String,
    /// The address it last came from.
    #[schema(example = "192.0.2.7")]
    address: String,
    /// Whether it is the device asking.
    #[schema(example = true)]
    current: bool,
    /// When it signed in.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    created_at: String,
    /// When it last refreshed.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    last_used_at: String,
    /// When it ends unless refreshed.
    #[schema(format = DateTime, example = "2026-12-21T10:00:00.000Z")]
    expires_at: String,
}

impl From<SessionInfo> for SessionBody {
    fn from(info: SessionInfo) -> Self {
        let session = info.session;
        Self {
            id: session.id.to_string(),
            user_agent: session.user_agent,
            address: session.address,
            current: info.is_current,
            created_at: time(session.created_at),
            last_used_at: time(session.last_used_at),
            expires_at: time(session.expires_at),
        }
    }
}

/// The caller's devices.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionsData {
    /// Last used first.
    sessions: Vec<SessionBody>,
}

/// The caller's signed-in devices.
#[utoipa::path(tag = "auth", security(("bearer" = [])), responses(
    (status = 200, description = "The devices", body = Success<SessionsData>), ReadFailures))]
#[get("/auth/sessions")]
pub(crate) async fn list(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let sessions = services.accounts.sessions(&actor).await?;
    Ok(HttpResponse::Ok().json(Success::new(SessionsData { sessions: sessions.into_iter().map(Into::into).collect() })))
}

/// Signs one of the caller's devices out. Its access token works for its remaining minutes, its refresh token no more.
#[utoipa::path(tag = "auth", security(("bearer" = [])), params(("id" = String, Path, description = "The session")), responses(
    (status = 204, description = "Signed out"), ItemFailures))]
#[delete("/auth/sessions/{id}")]
pub(crate) async fn revoke(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    id: PathId<SessionId>,
) -> Result<HttpResponse, ApiError> {
    services.accounts.revoke_session(&actor, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
