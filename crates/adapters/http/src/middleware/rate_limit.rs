//! General rate limits: per account with a good token, else per address; in this process, and in all together where they share a limiter.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web;
use atelier_domain::kernel::{EntityId, UserId};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::caller;
use crate::dataservice::is_data_path;
use crate::error::ApiError;
use crate::settings::RateLimits;
use crate::state::HttpServices;
use crate::wearit::callbacks;

/// Both limiters; one for the whole process.
pub(crate) struct Limiters {
    accounts: DefaultKeyedRateLimiter<[u8; 12]>,
    addresses: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
    limits: RateLimits,
}

/// Who a request counts for.
enum Counted {
    Account([u8; 12]),
    Address(String),
}

fn per_minute(limit: u32) -> Quota {
    Quota::per_minute(NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN))
}

impl Limiters {
    /// Limiters with these limits.
    pub(crate) fn new(limits: RateLimits) -> Arc<Self> {
        Arc::new(Self {
            accounts: RateLimiter::keyed(per_minute(limits.per_account)),
            addresses: RateLimiter::keyed(per_minute(limits.per_address)),
            clock: DefaultClock::default(),
            limits,
        })
    }

    /// Forgets keys that have their whole allowance again, so that memory stays flat.
    pub(crate) fn sweep(&self) {
        self.accounts.retain_recent();
        self.addresses.retain_recent();
    }

    async fn check(&self, request: &ServiceRequest, services: &HttpServices) -> Result<(), Duration> {
        let now = self.clock.now();
        let counted = counted(request, services);
        // There an account's allowance is its role's, taken where the role is known.
        if matches!(counted, Counted::Account(_)) && is_data_path(request.path()) {
            return Ok(());
        }
        let verdict = match &counted {
            Counted::Account(id) => self.accounts.check_key(id),
            Counted::Address(address) => self.addresses.check_key(address),
        };
        verdict.map_err(|not_until| not_until.wait_time_from(now))?;
        let Some(shared) = &services.shared_limits else { return Ok(()) };
        let wait = match counted {
            Counted::Account(id) => shared.take(&UserId::from_bytes(id).to_string(), self.limits.per_account).await,
            Counted::Address(address) => shared.take(&address, self.limits.per_address).await,
        };
        wait.map_or(Ok(()), Err)
    }
}

/// A forged token must not buy an allowance of its own: only a good signature counts as an account.
fn counted(request: &ServiceRequest, services: &HttpServices) -> Counted {
    let account = caller::bearer(request.request()).and_then(|token| services.token_signer.verify(token, services.clock.now()).ok());
    account.map_or_else(|| Counted::Address(caller::address(request.request())), |claims| Counted::Account(claims.user_id.bytes()))
}

/// Signed files and providers' messages carry their own permission, and probes must always get through.
fn exempt(path: &str) -> bool {
    !path.starts_with("/api/") || path.starts_with(callbacks::PREFIX)
}

/// The middleware.
pub(crate) async fn limit<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (limiters, services) = (request.app_data::<web::Data<Limiters>>().cloned(), request.app_data::<web::Data<HttpServices>>().cloned());
    if let (Some(limiters), Some(services)) = (limiters, services)
        && !exempt(request.path())
        && let Err(wait) = limiters.check(&request, &services).await
    {
        if is_data_path(request.path()) {
            metrics::counter!("rate_limited_total", "role" => "none").increment(1);
        }
        let error = ApiError::rate_limited(wait.as_secs() + 1);
        return Ok(request.error_response(error).map_into_boxed_body());
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}
