//! `/data/operations`: what was decided and cannot be applied, for administrators.

use actix_web::{Error as ActixError, HttpResponse, get, post, web};
use atelier_domain::dataservice::transactions::{DeadOperation, Fence, Recovery};
use atelier_domain::dataservice::{DataError, Database};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::failure::failure;
use super::gate::DataCaller;
use crate::envelope;
use crate::error::ApiError;
use crate::failures::{DataAdminFailures, DataItemFailures};
use crate::state::HttpServices;

const USUAL: u32 = 100;
const MOST: u32 = 1000;

/// How many.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DeadParams {
    /// At most so many, oldest first: 100 unless told, at most 1000.
    limit: Option<u32>,
}

/// An operation that an administrator must decide about.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeadOperationDto {
    /// What to retry or forget it by.
    #[schema(example = "tx_789456123:2")]
    id: String,
    #[schema(example = "tx_789456123")]
    transaction_id: String,
    /// Which operation of it, counted from 1.
    #[schema(example = 2)]
    operation: u32,
    /// Whose.
    owner: String,
    #[schema(example = "redis")]
    database: &'static str,
    /// Why its store refuses it.
    #[schema(example = "WRONGTYPE")]
    reason: String,
    /// When it was decided.
    #[schema(example = "2024-01-15T10:30:00.000Z")]
    decided_at: String,
}

impl From<DeadOperation> for DeadOperationDto {
    fn from(dead: DeadOperation) -> Self {
        Self {
            id: dead.fence.to_string(),
            transaction_id: dead.fence.transaction_id.to_string(),
            operation: dead.fence.operation,
            owner: dead.owner.to_string(),
            database: dead.database.as_str(),
            reason: dead.reason,
            decided_at: envelope::time(dead.decided_at),
        }
    }
}

/// Those that wait for a decision.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeadOperationsBody {
    operations: Vec<DeadOperationDto>,
}

/// What was decided.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OperationBody {
    #[schema(example = "tx_789456123:2")]
    id: String,
    /// `pending`: it is tried again within a second. `forgotten`: it never will be.
    #[schema(example = "pending")]
    status: &'static str,
}

fn recovery(services: &HttpServices) -> Result<&Recovery, ApiError> {
    services.data.recovery.as_deref().ok_or_else(|| failure(DataError::NotConfigured(Database::PostgreSql)))
}

fn fence(id: &str) -> Result<Fence, ApiError> {
    id.parse().map_err(failure)
}

/// Operations that were decided and that their store refuses for good.
#[utoipa::path(tag = "data", security(("bearer" = [])), params(DeadParams), responses(
    (status = 200, description = "Those there are, oldest first", body = DeadOperationsBody), DataAdminFailures))]
#[get("/data/operations/dead")]
pub(super) async fn list_dead(
    DataCaller(tenant): DataCaller,
    params: Result<web::Query<DeadParams>, ActixError>,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let limit = params.ok().map(|params| params.limit.unwrap_or(USUAL)).filter(|limit| (1..=MOST).contains(limit));
    let limit = limit.ok_or_else(|| failure(DataError::invalid("VALIDATION_FAILED", format!("limit: 1 to {MOST}"))))?;
    let dead = recovery(&services)?.dead(&tenant, limit).await.map_err(failure)?;
    Ok(HttpResponse::Ok().json(DeadOperationsBody { operations: dead.into_iter().map(DeadOperationDto::from).collect() }))
}

/// Has a dead operation tried again, once what stood in its way is gone.
#[utoipa::path(tag = "data", security(("bearer" = [])), responses(
    (status = 200, description = "It is tried again", body = OperationBody), DataItemFailures))]
#[post("/data/operations/{id}/retry")]
pub(super) async fn retry_operation(
    DataCaller(tenant): DataCaller,
    id: web::Path<String>,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let fence = fence(&id)?;
    recovery(&services)?.retry(&tenant, fence.transaction_id.as_str(), fence.operation).await.map_err(failure)?;
    Ok(HttpResponse::Ok().json(OperationBody { id: fence.to_string(), status: "pending" }))
}

/// Gives a dead operation up for good: its transaction stays committed without it.
#[utoipa::path(tag = "data", security(("bearer" = [])), responses(
    (status = 200, description = "It is given up", body = OperationBody), DataItemFailures))]
#[post("/data/operations/{id}/forget")]
pub(super) async fn forget_operation(
    DataCaller(tenant): DataCaller,
    id: web::Path<String>,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let fence = fence(&id)?;
    recovery(&services)?.forget(&tenant, fence.transaction_id.as_str(), fence.operation).await.map_err(failure)?;
    Ok(HttpResponse::Ok().json(OperationBody { id: fence.to_string(), status: "forgotten" }))
}
