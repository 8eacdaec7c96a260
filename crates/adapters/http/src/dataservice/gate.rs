//! What every request of this product passes, in this order: token, headers, role, allowance. Only then is its body read.

use std::future::Future;
use std::num::NonZeroU32;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use atelier_domain::dataservice::{Tenant, Tier};
use atelier_domain::identity::Actor;
use atelier_domain::kernel::{EntityId, Timestamp};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::version::ApiVersion;
use crate::caller::{self, Caller};
use crate::error::ApiError;
use crate::state::HttpServices;

const PREFIXES: [&str; 4] = ["connections", "data", "migrations", "backups"];

/// What only administrators may do, told before a body is read.
const ADMINISTRATORS: [&str; 3] = ["migrations", "backups", "data/operations"];

/// Whether a path below the version's prefix is this section or in it.
fn is_in(path: &str, section: &str) -> bool {
    path.strip_prefix(section).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the path belongs to this product.
pub(crate) fn is_data_path(path: &str) -> bool {
    ApiVersion::of(path).is_some_and(|(_, rest)| PREFIXES.iter().any(|section| is_in(rest, section)))
}

fn is_for_administrators(path: &str) -> bool {
    ApiVersion::of(path).is_some_and(|(_, rest)| ADMINISTRATORS.iter().any(|section| is_in(rest, section)))
}

/// The media types of the header `Accept`.
fn accepted(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let sent = headers.get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    sent.flat_map(|value| value.split(',')).map(|range| range.split(';').next().unwrap_or_default().trim())
}

/// Whether the header `Accept` names this very media type.
pub(super) fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    accepted(headers).any(|range| range.eq_ignore_ascii_case(media_type))
}

/// The caller as a tenant of the Core Database Service.
#[derive(Debug, Clone, Copy)]
pub(super) struct DataCaller(pub(super) Tenant);

impl FromRequest for DataCaller {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload);
        let refused = refusal(request);
        let headers = required_headers(request);
        let for_administrators = is_for_administrators(request.path());
        let allowances = request.app_data::<web::Data<Allowances>>().cloned();
        let services = request.app_data::<web::Data<HttpServices>>().cloned();
        Box::pin(async move {
            let Caller(actor) = caller.await.map_err(|error| if error.code() == "UNAUTHORIZED" { refused } else { error })?;
            headers?;
            let (Some(allowances), Some(services)) = (allowances, services) else {
                return Err(ApiError::internal(&"the data service is not mounted"));
            };
            let tenant = Tenant::of(&actor);
            if for_administrators && !tenant.is_admin() {
                return Err(ApiError::new(StatusCode::FORBIDDEN, "FORBIDDEN_ROLE", "this needs the role admin"));
            }
            allowances.take(&actor, tenant.tier, &services).await?;
            Ok(Self(tenant))
        })
    }
}

/// Why the token is no good.
fn refusal(request: &HttpRequest) -> ApiError {
    let code = match (caller::bearer(request), request.app_data::<web::Data<HttpServices>>()) {
        (None, _) => "TOKEN_MISSING",
        // A token that was good at the beginning of time is a good one that has ended.
        (Some(token), Some(services))
            if services.token_signer.verify(token, services.clock.now()).is_err()
                && services.token_signer.verify(token, Timestamp::UNIX_EPOCH).is_ok() =>
        {
            "TOKEN_EXPIRED"
        }
        _ => "TOKEN_INVALID",
    };
    ApiError::new(StatusCode::UNAUTHORIZED, code, "Could not validate credentials")
        .with_header(header::WWW_AUTHENTICATE, "Bearer".to_owned())
}

/// What every request sends: the header's name, how long it may be, and what it is.
pub(crate) const REQUIRED_HEADERS: [(&str, usize, &str); 2] =
    [("X-Request-ID", 128, "The request's id"), ("X-Client-Version", 64, "The client's version")];

fn required_headers(request: &HttpRequest) -> Result<(), ApiError> {
    let bad = |code, message: String| Err(ApiError::new(StatusCode::BAD_REQUEST, code, message));
    for (name, longest, _) in REQUIRED_HEADERS {
        let sent = request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !(1..=longest).contains(&sent.len()) || !sent.bytes().all(|byte| byte.is_ascii_graphic()) {
            return bad("MISSING_HEADER", format!("the header {name} is required: 1 to {longest} printable characters without spaces"));
        }
    }
    let media_type = ApiVersion::of(request.path()).map_or(ApiVersion::V1, |(version, _)| version).media_type();
    let mut ranges = accepted(request.headers()).peekable();
    let known =
        |range: &str| [media_type, "application/json", "application/*", "*/*", ""].iter().any(|known| known.eq_ignore_ascii_case(range));
    if ranges.peek().is_some() && !ranges.any(known) {
        return bad("NOT_ACCEPTABLE", format!("answers at this path are {media_type} or application/json"));
    }
    Ok(())
}

/// Requests a minute by level; one for the whole process.
pub(crate) struct Allowances {
    levels: [(Tier, DefaultKeyedRateLimiter<[u8; 12]>); 3],
    clock: DefaultClock,
}

impl Default for Allowances {
    fn default() -> Self {
        let limiter = |tier: Tier| {
            // Shown before there is one.
            metrics::counter!("rate_limited_total", "role" => tier.as_str()).increment(0);
            let per_minute = NonZeroU32::new(tier.allowance().requests_per_minute).unwrap_or(NonZeroU32::MIN);
            (tier, RateLimiter::keyed(Quota::per_minute(per_minute)))
        };
        Self { levels: Tier::ALL.map(limiter), clock: DefaultClock::default() }
    }
}

impl Allowances {
    /// Forgets accounts that have their whole allowance again, so that memory stays flat.
    pub(crate) fn sweep(&self) {
        for (_, limiter) in &self.levels {
            limiter.retain_recent();
        }
    }

    async fn take(&self, actor: &Actor, tier: Tier, services: &HttpServices) -> Result<(), ApiError> {
        let limited = |seconds: u64| {
            metrics::counter!("rate_limited_total", "role" => tier.as_str()).increment(1);
            let seconds = seconds.max(1);
            ApiError::rate_limited(seconds).with_details(serde_json::json!({ "retry_after": seconds }))
        };
        if let Some((_, limiter)) = self.levels.iter().find(|(of, _)| *of == tier) {
            let now = self.clock.now();
            limiter.check_key(&actor.user_id.bytes()).map_err(|until| limited(until.wait_time_from(now).as_secs() + 1))?;
        }
        if let Some(shared) = &services.shared_limits {
            let key = format!("data:{}", actor.user_id);
            if let Some(wait) = shared.take(&key, tier.allowance().requests_per_minute).await {
                return Err(limited(wait.as_secs() + 1));
            }
        }
        Ok(())
    }
}
