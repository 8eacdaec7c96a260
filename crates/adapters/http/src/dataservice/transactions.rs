//! `POST /data/transaction` and what became of it.

use std::time::Instant;

use actix_web::{HttpResponse, get, post, rt, web};
use atelier_domain::dataservice::transactions::{OperationResult, TransactionError, TransactionStatus, Transactions};
use atelier_domain::dataservice::{DataError, Database};
use atelier_domain::kernel::Coded;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::DataRequest;
use super::failure::failure;
use super::gate::DataCaller;
use crate::error::ApiError;
use crate::failures::{DataFailures, DataOwnFailures};
use crate::state::HttpServices;

/// One operation's result.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResultDto {
    /// Which operation, counted from 1.
    #[schema(example = 1)]
    operation: u32,
    /// `success`; `pending`: decided, and applied as soon as its store answers; `dead`: decided, and its store refuses it; `forgotten`: an
    /// administrator gave it up.
    #[schema(example = "success")]
    status: &'static str,
    /// What it made or found, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    data: Option<serde_json::Value>,
}

impl From<OperationResult> for ResultDto {
    fn from(OperationResult { operation, state, data }: OperationResult) -> Self {
        Self { operation, status: state.as_str(), data }
    }
}

/// What became of a transaction.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TransactionBody {
    /// The transaction's id.
    #[schema(example = "tx_789456123")]
    transaction_id: String,
    /// `committed`, `aborted` or `running`.
    #[schema(example = "committed")]
    status: &'static str,
    /// Whether some operation has yet to be applied.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pending: bool,
    /// The operations' results, in order; none unless it is committed.
    results: Vec<ResultDto>,
    /// What an aborted one failed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureDto>,
    /// How long the work took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 45)]
    execution_time_ms: Option<u64>,
}

/// What an aborted transaction failed with.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FailureDto {
    /// The code of the error; none when the process went away amid it.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The operation it is about, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<u32>,
}

/// The body of a request, for its description; the domain reads it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what the domain reads")]
pub(super) struct TransactionRequestBody {
    /// Up to 20 operations, for premium 50, for administrators 100. PostgreSQL: `insert`, `upsert`, `update`, `delete` with `table`, `data`,
    /// `filters`, `max_affected`. Redis: `set`, `del`, `incrby`, `expire` with `key`, `value`, `by`, `ttl`. Cosmos DB: `create`, `replace`,
    /// `upsert`, `delete`, `patch` with `table`, `data`, `id`, `patch`, `if_match`. Vectors: `upsert`, `delete` with `table`, `data`, `id`.
    #[schema(value_type = Vec<Object>, example = json!([
        {"database": "postgresql", "operation": "insert", "table": "projects", "data": {"title": "Nouveau projet"}},
        {"database": "redis", "operation": "set", "key": "project:cache:proj_new", "value": "{\"status\": \"created\"}", "ttl": 3600}]))]
    operations: Vec<serde_json::Value>,
    /// `READ COMMITTED` unless told otherwise, `REPEATABLE READ` or `SERIALIZABLE`.
    isolation: Option<String>,
}

fn refused(error: TransactionError) -> ApiError {
    let details = error.details();
    let answer = failure(error.error);
    match details {
        Some(details) => answer.with_details(details),
        None => answer,
    }
}

fn transactions(services: &HttpServices) -> Result<std::sync::Arc<Transactions>, ApiError> {
    let missing = || failure(DataError::NotConfigured(Database::PostgreSql));
    services.data.transactions.clone().ok_or_else(missing)
}

/// Changes PostgreSQL and other stores at once. PostgreSQL's commit decides: before it nothing has happened anywhere, after it everything
/// will. Operations their store has not taken yet are `pending` and are applied as soon as it does.
#[utoipa::path(tag = "data", security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1–255 printable ASCII characters; a repeat within 24 h returns the first answer with `Idempotent-Replayed: true`")),
    request_body = TransactionRequestBody,
    responses((status = 200, description = "It is committed", body = TransactionBody), DataFailures))]
#[post("/data/transaction")]
pub(super) async fn execute(
    DataRequest { caller, body, key }: DataRequest<serde_json::Value>,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let began = Instant::now();
    let transactions = transactions(&services)?;
    // A client that leaves does not take with it what has begun.
    let work = rt::spawn(async move { transactions.execute(&caller.0, &body, key.as_ref()).await });
    let committed = work.await.map_err(|error| ApiError::internal(&error))?.map_err(refused)?;
    let mut response = HttpResponse::Ok();
    if committed.replayed {
        response.insert_header(("Idempotent-Replayed", "true"));
    }
    if let Some(version) = committed.data_version {
        response.insert_header(("X-Data-Version", version.to_string()));
    }
    let pending = committed.is_pending();
    Ok(response.json(TransactionBody {
        transaction_id: committed.id.to_string(),
        status: "committed",
        pending,
        results: committed.results.into_iter().map(ResultDto::from).collect(),
        failure: None,
        execution_time_ms: Some(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)),
    }))
}

/// What became of a transaction of one's own; administrators may ask about all.
#[utoipa::path(tag = "data", security(("bearer" = [])),
    responses((status = 200, description = "What became of it", body = TransactionBody), DataOwnFailures))]
#[get("/data/transaction/{id}")]
pub(super) async fn find_transaction(
    DataCaller(tenant): DataCaller,
    id: web::Path<String>,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let (id, status) = transactions(&services)?.status(&tenant, &id).await.map_err(refused)?;
    let mut body = TransactionBody {
        transaction_id: id.to_string(),
        status: "running",
        pending: false,
        results: Vec::new(),
        failure: None,
        execution_time_ms: None,
    };
    match status {
        TransactionStatus::Running => {}
        TransactionStatus::Aborted { code, operation } => {
            body.status = "aborted";
            body.failure = Some(FailureDto { code, operation });
        }
        TransactionStatus::Committed(committed) => {
            body.status = "committed";
            body.pending = committed.is_pending();
            body.results = committed.results.into_iter().map(ResultDto::from).collect();
        }
    }
    Ok(HttpResponse::Ok().json(body))
}

#[cfg(test)]
mod tests {
    use atelier_domain::dataservice::transactions::OperationState;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_body_is_that_of_the_source_document() {
        let made = json!({"id": "proj_new_123", "created_at": "2024-01-15T10:30:00Z"});
        let results = [(1, Some(made.clone())), (2, None)].map(|(operation, data)| OperationResult {
            operation,
            state: OperationState::Success,
            data,
        });
        let body = TransactionBody {
            transaction_id: "tx_789456123".to_owned(),
            status: "committed",
            pending: false,
            results: results.map(ResultDto::from).into(),
            failure: None,
            execution_time_ms: Some(45),
        };
        let expected = json!({
            "transaction_id": "tx_789456123",
            "status": "committed",
            "results": [{"operation": 1, "status": "success", "data": made}, {"operation": 2, "status": "success"}],
            "execution_time_ms": 45
        });
        assert_eq!(serde_json::to_value(body).ok(), Some(expected));
    }
}
