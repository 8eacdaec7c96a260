//! `/connections`: leased credentials.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpResponse, post, web};
use atelier_domain::dataservice::leases::{AcquireRequest, LeaseBudget, Leases};
use atelier_domain::dataservice::{DataError, Database};
use atelier_domain::kernel::{ExposeSecret, IdempotencyKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::DataRequest;
use super::failure::failure;
use crate::envelope;
use crate::error::ApiError;
use crate::failures::{DataCreateFailures, DataOwnFailures};
use crate::state::HttpServices;

/// A credential is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcquireBody {
    /// The service that will use it: 1 to 63 lower-case letters, digits and hyphens.
    #[schema(example = "core-user-service")]
    service_name: String,
    /// `postgresql` or `redis`.
    #[schema(example = "postgresql")]
    database_type: String,
    /// `read` or `write`.
    #[schema(example = "read")]
    operation_type: String,
}

/// The store's leases at this moment.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LeaseStatsDto {
    /// Given out.
    #[schema(example = 9)]
    active: u32,
    /// Free.
    #[schema(example = 11)]
    idle: u32,
    /// Requests that wait for one.
    #[schema(example = 0)]
    waiting: u32,
}

impl From<LeaseBudget> for LeaseStatsDto {
    fn from(LeaseBudget { active, idle, waiting }: LeaseBudget) -> Self {
        Self { active, idle, waiting }
    }
}

/// A credential.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AcquiredBody {
    /// What to release it by.
    #[schema(example = "conn_123456789")]
    connection_id: String,
    /// How to connect, password included. One session at a time, one's own rows only.
    #[schema(example = "postgresql://...")]
    database_url: String,
    /// Until when it is good; renew it before.
    #[schema(example = "2024-01-15T10:35:00.000Z")]
    expires_at: String,
    pool_stats: LeaseStatsDto,
}

/// A credential is given back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleaseBody {
    #[schema(example = "conn_123456789")]
    connection_id: String,
    /// The service it was given to.
    #[schema(example = "core-user-service")]
    service_name: String,
}

/// A credential that is none any more.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReleasedBody {
    /// `released`: nobody signs in with it any more, and its sessions have ended.
    #[schema(example = "released")]
    status: &'static str,
    #[schema(example = "conn_123456789")]
    connection_id: String,
    /// How long it could be used; the same however often it is released.
    #[schema(example = 1250)]
    duration_ms: u64,
}

/// More time is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RenewBody {
    #[schema(example = "conn_123456789")]
    connection_id: String,
    /// The service it was given to.
    #[schema(example = "core-user-service")]
    service_name: String,
    /// Seconds from now, 1 to 3600; 300 when absent.
    #[schema(example = 300)]
    increment: Option<u64>,
}

/// More time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RenewedBody {
    #[schema(example = "conn_123456789")]
    connection_id: String,
    /// Until when it is good.
    #[schema(example = "2024-01-15T10:40:00.000Z")]
    expires_at: String,
    /// It cannot be renewed beyond this.
    #[schema(example = "2024-01-15T11:30:00.000Z")]
    renewable_until: String,
}

fn leases(services: &HttpServices) -> Result<&Arc<Leases>, ApiError> {
    let missing = || failure(DataError::NotConfigured(Database::PostgreSql));
    services.data.leases.as_ref().ok_or_else(missing)
}

/// Gives a service a credential of its own for five minutes. With an `Idempotency-Key` the same request gets the same credential for as long
/// as it lives.
#[utoipa::path(tag = "connections", security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request the same one")),
    request_body = AcquireBody, responses((status = 200, description = "The credential", body = AcquiredBody), DataCreateFailures))]
#[post("/connections/acquire")]
pub(super) async fn acquire_connection(
    DataRequest { caller, body, key }: DataRequest<AcquireBody>,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let request = AcquireRequest::parse(&body.service_name, &body.database_type, &body.operation_type).map_err(failure)?;
    let acquired = leases(&services)?.acquire(&caller.0, &request, key.as_ref().map(IdempotencyKey::as_str)).await.map_err(failure)?;
    let mut response = HttpResponse::Ok();
    // It holds a password.
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    if acquired.replayed {
        response.insert_header(("Idempotent-Replayed", "true"));
    }
    Ok(response.json(AcquiredBody {
        connection_id: acquired.connection_id.to_string(),
        database_url: acquired.database_url.expose_secret().to_owned(),
        expires_at: envelope::time(acquired.expires_at),
        pool_stats: acquired.pool_stats.into(),
    }))
}

/// Gives a credential back: when this answers, nobody signs in with it and its sessions have ended. Of its holder and its service, or an
/// administrator.
#[utoipa::path(tag = "connections", security(("bearer" = [])), request_body = ReleaseBody,
    responses((status = 200, description = "Given back", body = ReleasedBody), DataOwnFailures))]
#[post("/connections/release")]
pub(super) async fn release_connection(
    DataRequest { caller, body, .. }: DataRequest<ReleaseBody>,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let released = leases(&services)?.release(&caller.0, &body.connection_id, &body.service_name).await.map_err(failure)?;
    Ok(HttpResponse::Ok().json(ReleasedBody {
        status: "released",
        connection_id: released.connection_id.to_string(),
        duration_ms: u64::try_from(released.duration.as_millis()).unwrap_or(u64::MAX),
    }))
}

/// Gives a credential more time, up to an hour in all. Of its holder and its service.
#[utoipa::path(tag = "connections", security(("bearer" = [])), request_body = RenewBody,
    responses((status = 200, description = "More time", body = RenewedBody), DataOwnFailures))]
#[post("/connections/renew")]
pub(super) async fn renew_connection(
    DataRequest { caller, body, .. }: DataRequest<RenewBody>,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let increment = body.increment.map(Duration::from_secs);
    let renewed = leases(&services)?.renew(&caller.0, &body.connection_id, &body.service_name, increment).await.map_err(failure)?;
    Ok(HttpResponse::Ok().json(RenewedBody {
        connection_id: renewed.connection_id.to_string(),
        expires_at: envelope::time(renewed.expires_at),
        renewable_until: envelope::time(renewed.renewable_until),
    }))
}
