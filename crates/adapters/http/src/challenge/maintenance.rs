//! Maintenance and diagnosis, for administrators.

use actix_web::{HttpResponse, get, post, web};
use atelier_domain::challenge::maintenance::{Findings, MaintenanceTask};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::caller::Caller;
use crate::envelope::Success;
use crate::error::ApiError;
use crate::failures::AdminFailures;
use crate::state::HttpServices;

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(run).service(look);
}

/// What a task did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MaintenanceData {
    /// The task.
    #[schema(example = "archivage")]
    task: &'static str,
    /// How many documents were changed or removed.
    #[schema(example = 12)]
    changed: u64,
}

/// Runs a maintenance task; each may be run again at any time. For administrators.
///
/// `consentement-rgpd` writes `consentementRGPD: false` where the field is missing, `profils-etudiants` gives students without a
/// `profilEtudiant` an empty one, `liens-expires` removes expired one-time links and never a person, `archivage` puts conversations older
/// than six months away, of archived hackathons only.
#[utoipa::path(tag = "maintenance", security(("bearer" = [])), params(("task" = String, Path, description = "The task's name")), responses(
    (status = 200, description = "What was done", body = Success<MaintenanceData>), AdminFailures))]
#[post("/maintenance/{task}")]
pub(crate) async fn run(
    Caller(actor): Caller,
    services: web::Data<HttpServices>,
    task: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let task: MaintenanceTask = task.parse().map_err(|unknown| ApiError::invalid_field("task", format!("{unknown}")))?;
    let changed = services.challenge.maintenance.run(actor, task).await?;
    Ok(HttpResponse::Ok().json(Success::new(MaintenanceData { task: task.as_str(), changed })))
}

/// References that lead nowhere.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrphansDto {
    /// Conversations whose student is no participant.
    #[schema(example = 0)]
    conversations: u64,
    /// Evaluations whose conversation is gone.
    #[schema(example = 0)]
    evaluations: u64,
}

/// What the store is made of.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IntegrityData {
    /// That the store answers.
    #[schema(example = "MongoDB ping successful")]
    ping: String,
    /// Collections or tables.
    #[schema(example = 26)]
    collections: u64,
    /// Documents or rows.
    #[schema(example = 12_345)]
    documents: u64,
    /// Megabytes of data.
    #[schema(example = 4.2)]
    data_size: f64,
    /// Indexes.
    #[schema(example = 90)]
    indexes: u64,
    /// References that lead nowhere.
    orphans: OrphansDto,
}

impl From<Findings> for IntegrityData {
    fn from(Findings { diagnosis, orphans }: Findings) -> Self {
        Self {
            ping: diagnosis.ping(),
            collections: diagnosis.collections,
            documents: diagnosis.documents,
            data_size: (diagnosis.data_bytes as f64 / 1_048_576.0 * 100.0).round() / 100.0,
            indexes: diagnosis.indexes,
            orphans: OrphansDto { conversations: orphans.conversations, evaluations: orphans.evaluations },
        }
    }
}

/// Looks at the store and at the references in it. Reads every document: not for probes. For administrators.
#[utoipa::path(tag = "maintenance", security(("bearer" = [])), responses(
    (status = 200, description = "What was found", body = Success<IntegrityData>), AdminFailures))]
#[get("/integrity")]
pub(crate) async fn look(Caller(actor): Caller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let findings = services.challenge.maintenance.look(actor).await?;
    Ok(HttpResponse::Ok().json(Success::new(IntegrityData::from(findings))))
}
