//! Health: whole, live, ready. The whole has the shape of the Core Database Service's source document.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::envelope;
use crate::settings::HttpSettings;
use crate::state::HttpServices;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HealthStatus {
    /// It answers; what it tells of itself is shown beside it.
    Up(HealthFacts),
    /// It does not.
    Down,
}

/// What a store tells of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HealthFacts {
    /// Its connections, where they are pooled.
    pub connections: Option<ConnectionCounts>,
    /// Bytes of memory it uses, where it tells.
    pub memory: Option<u64>,
}

/// Connections of a pool; those in use and those without work are all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConnectionCounts {
    /// In use.
    #[schema(example = 8)]
    pub active: u32,
    /// Without work.
    #[schema(example = 12)]
    pub idle: u32,
    /// All.
    #[schema(example = 20)]
    pub total: u32,
}

impl HealthStatus {
    /// It answers, and tells nothing more.
    pub const UP: Self = Self::Up(HealthFacts { connections: None, memory: None });

    fn is_up(&self) -> bool {
        matches!(self, Self::Up(_))
    }
}

impl From<bool> for HealthStatus {
    fn from(answers: bool) -> Self {
        if answers { Self::UP } else { Self::Down }
    }
}

/// Checks one configured store.
#[async_trait::async_trait]
pub trait HealthCheck: Send + Sync {
    /// The store's name in the answer, e.g. `postgresql`.
    fn name(&self) -> &'static str;
    /// Whether no request can be served without the store: only then is the service down and not ready while it is away.
    fn is_vital(&self) -> bool {
        true
    }
    /// Whether the store answers.
    async fn check(&self) -> HealthStatus;
}

/// A store that answers later than this is shown as down (CV13)...
const SHOWN_DOWN_AFTER: Duration = Duration::from_millis(500);
/// ...but a replica is not taken out of service for a slow moment.
const NOT_READY_AFTER: Duration = Duration::from_secs(3);
/// However many ask, each store is asked once in this time.
const REMEMBERED: Duration = Duration::from_secs(1);

const UP: &str = "UP";
const DEGRADED: &str = "DEGRADED";
const DOWN: &str = "DOWN";

/// What a store answered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CheckBody {
    /// `UP` or `DOWN`.
    #[schema(example = "UP")]
    status: &'static str,
    /// How long the check took.
    #[serde(rename = "responseTime")]
    #[schema(example = "15ms")]
    response_time: String,
    /// Its pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    connections: Option<ConnectionCounts>,
    /// What it holds in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "45MB")]
    memory: Option<String>,
}

/// The state of the service and of each store.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct HealthBody {
    /// `UP`; `DEGRADED` when a store is away that requests can do without; `DOWN` when one is that they cannot.
    #[schema(example = "UP")]
    status: &'static str,
    /// When.
    #[schema(example = "2026-11-21T10:00:00.000Z")]
    timestamp: String,
    /// `atelier`, or `core-database-service` where that product runs alone.
    #[schema(example = "atelier")]
    service: &'static str,
    /// Its version.
    #[schema(example = "0.1.0")]
    version: String,
    /// One check per configured store.
    checks: BTreeMap<&'static str, CheckBody>,
}

/// The last answer; one for the whole process.
#[derive(Default)]
pub(crate) struct LastHealth(Mutex<Option<(Instant, HealthBody)>>);

async fn checked(check: &dyn HealthCheck, limit: Duration) -> HealthStatus {
    tokio::time::timeout(limit, check.check()).await.unwrap_or(HealthStatus::Down)
}

async fn body(services: &HttpServices, settings: &HttpSettings) -> HealthBody {
    let all = services.health.iter().map(|check| async move {
        let began = Instant::now();
        let found = checked(check.as_ref(), SHOWN_DOWN_AFTER).await;
        let response_time = format!("{}ms", began.elapsed().as_millis());
        let facts = match &found {
            HealthStatus::Up(facts) => *facts,
            HealthStatus::Down => HealthFacts::default(),
        };
        let body = CheckBody {
            status: if found.is_up() { UP } else { DOWN },
            response_time,
            connections: facts.connections,
            memory: facts.memory.map(|bytes| format!("{}MB", bytes.div_ceil(1024 * 1024))),
        };
        (check.name(), check.is_vital(), body)
    });
    let all = futures_util::future::join_all(all).await;
    let away = |vital: bool| all.iter().any(|(_, is_vital, body)| body.status == DOWN && *is_vital == vital);
    let status = match (away(true), away(false)) {
        (true, _) => DOWN,
        (false, true) => DEGRADED,
        (false, false) => UP,
    };
    HealthBody {
        status,
        timestamp: envelope::time(services.clock.now()),
        service: if settings.products.is_data_alone() { "core-database-service" } else { "atelier" },
        version: settings.version.clone(),
        checks: all.into_iter().map(|(name, _, body)| (name, body)).collect(),
    }
}

/// The health of the service and of each store it is configured with.
#[utoipa::path(tag = "operations", responses(
    (status = 200, description = "Requests are served", body = HealthBody),
    (status = 503, description = "A store that no request can do without does not answer", body = HealthBody)))]
#[get("/health")]
pub(crate) async fn health(
    services: web::Data<HttpServices>,
    settings: web::Data<HttpSettings>,
    last: web::Data<LastHealth>,
) -> HttpResponse {
    let mut last = last.0.lock().await;
    let body = match last.take() {
        Some((at, body)) if at.elapsed() < REMEMBERED => last.insert((at, body)).1.clone(),
        _ => last.insert((Instant::now(), body(&services, &settings).await)).1.clone(),
    };
    if body.status == DOWN { HttpResponse::ServiceUnavailable().json(body) } else { HttpResponse::Ok().json(body) }
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
    let all = services.health.iter().map(|check| async {
        let limit = if check.is_vital() { NOT_READY_AFTER } else { SHOWN_DOWN_AFTER };
        (check.is_vital(), checked(check.as_ref(), limit).await.is_up())
    });
    let all = futures_util::future::join_all(all).await;
    let is_up = |vital: bool| all.iter().all(|(is_vital, is_up)| *is_up || *is_vital != vital);
    match (is_up(true), is_up(false)) {
        (true, true) => HttpResponse::Ok().json(ProbeBody { status: "ok" }),
        // Requests are served, though not all: `/health` tells what is away.
        (true, false) => HttpResponse::Ok().json(ProbeBody { status: "degraded" }),
        (false, _) => HttpResponse::ServiceUnavailable().json(ProbeBody { status: "unavailable" }),
    }
}
