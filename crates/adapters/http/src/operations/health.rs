//! Health: whole, live, ready.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope;
use crate::settings::HttpSettings;
use crate::state::HttpServices;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthStatus {
    /// It answers.
    Up,
    /// It does not.
    Down,
}

/// Checks one configured store.
#[async_trait::async_trait]
pub trait HealthCheck: Send + Sync {
    /// The store's name in the answer, e.g. `database`.
    fn name(&self) -> &'static str;
    /// Whether no request can be served without the store: only then is the service not ready while it is away.
    fn is_vital(&self) -> bool {
        true
    }
    /// Whether the store answers.
    async fn check(&self) -> HealthStatus;
}

const LIMIT: Duration = Duration::from_secs(3);

#[derive(Debug, Serialize, ToSchema)]
struct CheckBody {
    /// `healthy` or `unhealthy`.
    #[schema(example = "healthy")]
    status: &'static str,
    /// How long the check took.
    #[schema(example = 1)]
    response_time_ms: u64,
}

/// The state of the service and of each store.
#[derive(Debug, Serialize, ToSchema)]
struct HealthBody {
    /// `healthy`, or `unhealthy` when a store does not answer.
    #[schema(example = "healthy")]
    status: &'static str,
    /// When.
    #[schema(example = "2026-11-21T10:00:00.000Z")]
    timestamp: String,
    /// Which service.
    #[schema(example = "atelier")]
    service: &'static str,
    /// Its version.
    #[schema(example = "0.1.0")]
    version: String,
    /// One check per configured store.
    checks: BTreeMap<&'static str, CheckBody>,
}

async fn is_up(check: &dyn HealthCheck) -> bool {
    tokio::time::timeout(LIMIT, check.check()).await == Ok(HealthStatus::Up)
}

async fn checks(services: &HttpServices) -> BTreeMap<&'static str, CheckBody> {
    let all = services.health.iter().map(|check| async move {
        let began = Instant::now();
        let up = is_up(check.as_ref()).await;
        let response_time_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        (check.name(), CheckBody { status: if up { "healthy" } else { "unhealthy" }, response_time_ms })
    });
    futures_util::future::join_all(all).await.into_iter().collect()
}

/// The health of the service and of each store it is configured with.
#[utoipa::path(tag = "operations", responses(
    (status = 200, description = "Everything answers", body = HealthBody),
    (status = 503, description = "A store does not answer", body = HealthBody)))]
#[get("/health")]
pub(crate) async fn health(services: web::Data<HttpServices>, settings: web::Data<HttpSettings>) -> HttpResponse {
    let checks = checks(&services).await;
    let healthy = checks.values().all(|check| check.status == "healthy");
    let body = HealthBody {
        status: if healthy { "healthy" } else { "unhealthy" },
        timestamp: envelope::time(services.clock.now()),
        service: "atelier",
        version: settings.version.clone(),
        checks,
    };
    if healthy { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}

/// The process runs.
#[derive(Debug, Serialize, ToSchema)]
struct ProbeBody {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether the process runs: restart it when this fails.
#[utoipa::path(tag = "operations", responses((status = 200, description = "It runs", body = ProbeBody)))]
#[get("/health/live")]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(ProbeBody { status: "ok" })
}

/// Whether requests can be served: take it out of the balancer while this fails.
#[utoipa::path(tag = "operations", responses(
    (status = 200, description = "Send requests", body = ProbeBody),
    (status = 503, description = "Not now", body = ProbeBody)))]
#[get("/health/ready")]
pub(crate) async fn ready(services: web::Data<HttpServices>) -> HttpResponse {
    let vital = services.health.iter().filter(|check| check.is_vital()).map(|check| is_up(check.as_ref()));
    if futures_util::future::join_all(vital).await.into_iter().all(|up| up) {
        HttpResponse::Ok().json(ProbeBody { status: "ok" })
    } else {
        HttpResponse::ServiceUnavailable().json(ProbeBody { status: "unavailable" })
    }
}
