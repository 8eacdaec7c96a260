//! Who may listen: an access token in `Authorization` or `Sec-WebSocket-Protocol: bearer, <jwt>`, or a one-use ticket (CW20).

use actix_web::http::header::SEC_WEBSOCKET_PROTOCOL;
use actix_web::{HttpRequest, web};
use atelier_domain::identity::Actor;
use atelier_domain::kernel::Timestamp;
use chrono::TimeDelta;

use crate::caller::bearer;
use crate::error::ApiError;
use crate::state::HttpServices;

use super::LiveQuery;

/// The protocol name that announces a token.
pub(super) const BEARER: &str = "bearer";

/// How long a connection made with a ticket lasts; it is opened again with a fresh one.
const TICKET_LASTS: TimeDelta = TimeDelta::minutes(15);

/// The right to listen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admission {
    pub(super) actor: Actor,
    until: Timestamp,
}

impl Admission {
    /// Checks what the request carries. A ticket is used up by it.
    pub(super) async fn of(request: &HttpRequest, query: &LiveQuery, services: &HttpServices) -> Result<Self, ApiError> {
        let now = services.clock.now();
        if let Some(ticket) = &query.ticket {
            let actor = services.tickets.consume(ticket).await?;
            return Ok(Self { actor, until: now + TICKET_LASTS });
        }
        let token = bearer(request).map(str::to_owned).or_else(|| protocol_token(request)).ok_or_else(ApiError::unauthenticated)?;
        let actor = services.accounts.authenticate(&token).await?;
        let claims = services.token_signer.verify(&token, now).map_err(|_rejected| ApiError::unauthenticated())?;
        Ok(Self { actor, until: claims.expires_at })
    }

    /// Waits until the right ends: the token expires, or the account is not active any more.
    pub(super) async fn ends(self, services: web::Data<HttpServices>) {
        const CHECK_EVERY: std::time::Duration = std::time::Duration::from_secs(30);
        loop {
            let left = (self.until - services.clock.now()).to_std().unwrap_or_default();
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(CHECK_EVERY)).await;
            match services.accounts.me(&self.actor).await {
                Err(error) if atelier_domain::kernel::Coded::kind(&error) == atelier_domain::kernel::ErrorKind::Unauthenticated => return,
                _ => {}
            }
        }
    }
}

/// The entry after `bearer` in the protocols the client offers.
fn protocol_token(request: &HttpRequest) -> Option<String> {
    let offered: Vec<&str> = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok()).collect();
    let offered = offered.join(",");
    let mut entries = offered.split(',').map(str::trim);
    entries.find(|entry| entry.eq_ignore_ascii_case(BEARER))?;
    entries.next().filter(|token| !token.is_empty()).map(str::to_owned)
}
