//! `/migrations`: for administrators.

use actix_web::{HttpResponse, get, post, web};
use atelier_domain::dataservice::migrations::{
    DryRunOutcome, DryRunStep, MigrationRun, MigrationStatus, Resolution, RunAnswer, estimated_remaining,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::DataRequest;
use super::failure::failure;
use super::gate::DataCaller;
use crate::envelope;
use crate::error::ApiError;
use crate::failures::{DataAdminFailures, DataFailures, DataItemFailures};
use crate::state::HttpServices;

/// A migration that is still to be applied.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PendingDto {
    #[schema(example = "20240116_001")]
    version: String,
    #[schema(example = "Add indexes for performance")]
    description: String,
    /// How long its author thinks it takes; null when nothing was said.
    #[schema(example = "2 minutes")]
    estimated_duration: Option<String>,
}

/// The migration that was applied last.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LastDto {
    #[schema(example = "20240115_001")]
    version: String,
    #[schema(example = "2024-01-15T09:00:00.000Z")]
    applied_at: String,
    #[schema(example = 1500)]
    duration_ms: u64,
}

/// How far a run is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProgressDto {
    /// The migration it is at, from 1.
    #[schema(example = 1)]
    current_step: u32,
    #[schema(example = 3)]
    total_steps: u32,
    /// As far as the authors said; null when one of them said nothing.
    #[schema(example = "1 minute")]
    estimated_remaining: Option<String>,
}

/// A run.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RunDto {
    #[schema(example = "mig_123456")]
    migration_id: String,
    /// `running`, `completed`, `failed`, or `interrupted` when its process is gone.
    #[schema(example = "running")]
    status: &'static str,
    progress: ProgressDto,
    /// When it began.
    started_at: String,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<MigrationRun> for RunDto {
    fn from(run: MigrationRun) -> Self {
        Self {
            migration_id: run.id,
            status: run.state.as_str(),
            progress: ProgressDto {
                current_step: run.current_step,
                total_steps: run.total_steps,
                estimated_remaining: run.remaining.map(estimated_remaining),
            },
            started_at: envelope::time(run.started_at),
            finished_at: run.finished_at.map(envelope::time),
            error: run.error,
        }
    }
}

/// Where the schema is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StatusBody {
    /// The newest version applied; null in an empty database.
    #[schema(example = "20240115_001")]
    current_version: Option<String>,
    pending_migrations: Vec<PendingDto>,
    last_migration: Option<LastDto>,
    /// The run that is under way.
    running: Option<RunDto>,
    /// Migrations that began outside a transaction and were not seen to end.
    dirty: Vec<String>,
    /// Applied migrations whose file has changed since.
    checksum_mismatches: Vec<String>,
    /// Applied migrations this build has no file of.
    missing: Vec<String>,
}

impl From<MigrationStatus> for StatusBody {
    fn from(status: MigrationStatus) -> Self {
        let pending = status.pending.into_iter().map(|pending| PendingDto {
            version: pending.version,
            description: pending.description,
            estimated_duration: pending.estimated.map(estimated_remaining),
        });
        Self {
            current_version: status.current_version,
            pending_migrations: pending.collect(),
            last_migration: status.last.map(|last| LastDto {
                version: last.version,
                applied_at: envelope::time(last.applied_at),
                duration_ms: last.duration_ms,
            }),
            running: status.running.map(RunDto::from),
            dirty: status.dirty,
            checksum_mismatches: status.checksum_mismatches,
            missing: status.missing,
        }
    }
}

/// What to apply.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RunBody {
    /// The last version to apply; the newest when absent.
    #[schema(example = "20240116_001")]
    target_version: Option<String>,
    /// Execute everything in a transaction and roll it back.
    #[serde(default)]
    dry_run: bool,
}

/// One migration of a dry run.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DryRunStepDto {
    version: String,
    /// `ok`, `failed`, or `not_verifiable` for one that cannot run inside a transaction.
    #[schema(example = "ok")]
    status: &'static str,
    /// How long it took.
    duration_ms: Option<u64>,
    /// Why it would fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Its SQL.
    statements: String,
}

impl From<DryRunStep> for DryRunStepDto {
    fn from(step: DryRunStep) -> Self {
        let (status, duration_ms, error) = match step.outcome {
            DryRunOutcome::Executed { duration_ms } => ("ok", Some(duration_ms), None),
            DryRunOutcome::NotVerifiable => ("not_verifiable", None, None),
            DryRunOutcome::Failed { error } => ("failed", None, Some(error)),
        };
        Self { version: step.version, status, duration_ms, error, statements: step.statements }
    }
}

/// What a dry run found out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DryRunBody {
    /// `dry_run_ok`, or `dry_run_failed` when a migration would fail.
    #[schema(example = "dry_run_ok")]
    status: &'static str,
    migrations: Vec<DryRunStepDto>,
}

/// What became of a migration that was not seen to end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResolveBody {
    /// `applied`: it did its work, or you have. `rolled_back`: nothing of it is left, apply it again.
    #[schema(example = "rolled_back")]
    resolution: String,
}

/// Which migrations are applied and which are pending.
#[utoipa::path(tag = "migrations", security(("bearer" = [])), responses(
    (status = 200, description = "Where the schema is", body = StatusBody), DataAdminFailures))]
#[get("/migrations/status")]
pub(super) async fn show_status(DataCaller(tenant): DataCaller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let status = services.data.migrations.status(&tenant).await.map_err(failure)?;
    Ok(HttpResponse::Ok().json(StatusBody::from(status)))
}

/// Applies what is pending, in the background, or tries it at once.
#[utoipa::path(tag = "migrations", security(("bearer" = [])), request_body = RunBody, responses(
    (status = 200, description = "The dry run's findings; nothing was changed", body = DryRunBody),
    (status = 202, description = "The run goes on", body = RunDto), DataFailures))]
#[post("/migrations/run")]
pub(super) async fn run_migrations(request: DataRequest<RunBody>, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let DataRequest { caller, body, .. } = request;
    let answer = services.data.migrations.run(&caller.0, body.target_version.as_deref(), body.dry_run).await.map_err(failure)?;
    Ok(match answer {
        RunAnswer::Started(run) => HttpResponse::Accepted().json(RunDto::from(run)),
        RunAnswer::Tried(steps) => {
            let failed = steps.iter().any(|step| matches!(step.outcome, DryRunOutcome::Failed { .. }));
            let status = if failed { "dry_run_failed" } else { "dry_run_ok" };
            HttpResponse::Ok().json(DryRunBody { status, migrations: steps.into_iter().map(DryRunStepDto::from).collect() })
        }
    })
}

/// How a run stands.
#[utoipa::path(tag = "migrations", security(("bearer" = [])), responses(
    (status = 200, description = "The run", body = RunDto), DataItemFailures))]
#[get("/migrations/{id}")]
pub(super) async fn find_run(
    DataCaller(tenant): DataCaller,
    id: web::Path<String>,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let run = services.data.migrations.find_run(&tenant, &id).await.map_err(failure)?;
    Ok(HttpResponse::Ok().json(RunDto::from(run)))
}

/// Settles a migration that began outside a transaction and was not seen to end: until then no run begins.
#[utoipa::path(tag = "migrations", security(("bearer" = [])), request_body = ResolveBody, responses(
    (status = 204, description = "Settled"), DataItemFailures))]
#[post("/migrations/{version}/resolve")]
pub(super) async fn settle(
    version: web::Path<String>,
    request: DataRequest<ResolveBody>,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let DataRequest { caller, body, .. } = request;
    let resolution: Resolution = body.resolution.parse().map_err(failure)?;
    services.data.migrations.resolve(&caller.0, &version, resolution).await.map_err(failure)?;
    Ok(HttpResponse::NoContent().finish())
}
