//! Who calls: the authenticated actor, the client's address and device.

use std::future::{Future, Ready, ready};
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use atelier_domain::identity::{Actor, Role};
use atelier_domain::kernel::UserId;
use moka::future::Cache;

use crate::error::ApiError;
use crate::settings::HttpSettings;
use crate::state::HttpServices;

/// The authenticated caller. Extracting it answers 401 unless `Authorization` carries a good access token of an active account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller(pub(crate) Actor);

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;
    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let services = request.app_data::<web::Data<HttpServices>>().cloned();
        let known = request.app_data::<web::Data<KnownAccounts>>().cloned();
        let token = bearer(request).map(str::to_owned);
        Box::pin(async move {
            let (Some(services), Some(known), Some(token)) = (services, known, token) else { return Err(ApiError::unauthenticated()) };
            let claims = services.accounts.claims(&token)?;
            let actor = match known.role(claims.user_id).await {
                Some(role) => Actor { user_id: claims.user_id, role, session_id: claims.session_id },
                None => {
                    let actor = services.accounts.admit(&claims).await?;
                    known.admitted(&actor).await;
                    actor
                }
            };
            tracing::Span::current().record("user.id", actor.user_id.to_string());
            Ok(Self(actor))
        })
    }
}

/// Active accounts and their roles, as they were a moment ago, so that not every request asks the store. What this process changes itself
/// is [forgotten](KnownAccounts::forget) at once; what another one changes is seen after [`KNOWN_FOR`].
pub(crate) struct KnownAccounts(Cache<UserId, Role>);

/// The contract allows seconds (W140).
const KNOWN_FOR: Duration = Duration::from_secs(2);
const MOST_KNOWN: u64 = 10_000;

impl Default for KnownAccounts {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST_KNOWN).time_to_live(KNOWN_FOR).build())
    }
}

impl KnownAccounts {
    async fn role(&self, user_id: UserId) -> Option<Role> {
        self.0.get(&user_id).await
    }

    async fn admitted(&self, actor: &Actor) {
        self.0.insert(actor.user_id, actor.role).await;
    }

    /// The account was changed: the next request looks at it again.
    pub(crate) async fn forget(&self, user_id: UserId) {
        self.0.invalidate(&user_id).await;
    }
}

/// The token of `Authorization: Bearer …`.
pub(crate) fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()).then(|| token.trim())
}

/// Where a request comes from: the peer's address, or what a trusted proxy says of it.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// The address.
    pub(crate) address: String,
    /// The device's `User-Agent`, cut to 200 characters.
    pub(crate) user_agent: String,
}

impl FromRequest for Client {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;
    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let user_agent = request.headers().get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
        ready(Ok(Self { address: address(request), user_agent: user_agent.chars().take(200).collect() }))
    }
}

/// The client's address. `X-Forwarded-For` counts only when the peer is a trusted proxy, and then only back to the first address that is not.
pub(crate) fn address(request: &HttpRequest) -> String {
    let Some(peer) = request.peer_addr().map(|socket| socket.ip()) else { return "unknown".to_owned() };
    let trusted = request.app_data::<web::Data<HttpSettings>>().map(|s| s.trusted_proxies.as_slice()).unwrap_or_default();
    if !trusted.contains(&peer) {
        return peer.to_string();
    }
    let forwarded = request.headers().get_all("x-forwarded-for").filter_map(|v| v.to_str().ok()).collect::<Vec<_>>().join(",");
    let nearest_untrusted = forwarded.rsplit(',').filter_map(|part| part.trim().parse::<IpAddr>().ok()).find(|ip| !trusted.contains(ip));
    nearest_untrusted.unwrap_or(peer).to_string()
}
