//! `/backups`: for administrators.

use actix_web::{HttpResponse, get, post, web};
use atelier_domain::dataservice::backups::{Backup, BackupOverview, BackupTask};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::DataRequest;
use super::failure::failure;
use super::gate::DataCaller;
use crate::envelope;
use crate::error::ApiError;
use crate::failures::{DataAdminFailures, DataCreateFailures, DataFailures};
use crate::state::HttpServices;

/// Something done with a backup.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupTaskDto {
    /// The backup.
    #[schema(example = "bak_20260131_020000")]
    id: String,
    /// `backup`, `verify`, `restore`, or `restore_test` for the monthly one.
    #[schema(example = "verify")]
    task: &'static str,
    /// `running`, `completed`, `failed`, or `interrupted` when its process is gone.
    #[schema(example = "running")]
    status: &'static str,
    /// Where a restore puts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "visiobook_restore_20260131_020000")]
    target_database: Option<String>,
    /// When it began.
    started_at: String,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<BackupTask> for BackupTaskDto {
    fn from(task: BackupTask) -> Self {
        Self {
            id: task.backup.to_string(),
            task: task.kind.as_str(),
            status: task.state.as_str(),
            target_database: task.target_database,
            started_at: envelope::time(task.started_at),
            finished_at: task.finished_at.map(envelope::time),
            error: task.error,
        }
    }
}

/// A backup.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupDto {
    #[schema(example = "bak_20260131_020000")]
    id: String,
    /// `running`, `completed`, `failed`, `interrupted` when its process is gone, or `damaged` when its file cannot be read.
    #[schema(example = "completed")]
    state: &'static str,
    /// When it was begun.
    #[schema(example = "2026-01-31T02:00:00.000Z")]
    taken_at: String,
    /// Its size on disk in bytes; null until it is there.
    #[schema(example = 1_048_576)]
    size: Option<u64>,
    /// Of the sealed dump in it, in hexadecimal digits.
    sha256: Option<String>,
    /// Rows in it, of all owners.
    #[schema(example = 4711)]
    rows: Option<u64>,
    /// The newest migration that was applied then.
    #[schema(example = "20240120_001")]
    schema_version: Option<String>,
    /// When it was last read to its end and found right.
    verified_at: Option<String>,
    /// When it was last restored and compared.
    restore_tested_at: Option<String>,
    /// Why it was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// What was last done with it.
    last_task: Option<BackupTaskDto>,
}

impl From<Backup> for BackupDto {
    fn from(backup: Backup) -> Self {
        Self {
            id: backup.id.to_string(),
            state: backup.state.as_str(),
            taken_at: envelope::time(backup.taken_at),
            size: backup.bytes,
            sha256: backup.sha256,
            rows: backup.rows,
            schema_version: backup.schema_version,
            verified_at: backup.verified_at.map(envelope::time),
            restore_tested_at: backup.restore_tested_at.map(envelope::time),
            error: backup.error,
            last_task: backup.task.map(BackupTaskDto::from),
        }
    }
}

/// Every backup.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BackupsBody {
    /// The newest first, with those of the last days that failed.
    backups: Vec<BackupDto>,
    /// What is under way; null when nothing is.
    running: Option<BackupTaskDto>,
}

impl From<BackupOverview> for BackupsBody {
    fn from(overview: BackupOverview) -> Self {
        Self { backups: overview.backups.into_iter().map(BackupDto::from).collect(), running: overview.running.map(BackupTaskDto::from) }
    }
}

/// Where to restore.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RestoreBody {
    /// A database that is not there yet, never the live one; when absent, the live one's name with `_restore_` and the backup's time.
    #[schema(example = "visiobook_restore")]
    target_database: Option<String>,
}

/// Every backup, the newest first, and what is under way.
#[utoipa::path(tag = "backups", security(("bearer" = [])), responses(
    (status = 200, description = "The backups", body = BackupsBody), DataAdminFailures))]
#[get("/backups")]
pub(super) async fn list_backups(DataCaller(tenant): DataCaller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let overview = services.data.backups.overview(&tenant).await.map_err(failure)?;
    Ok(HttpResponse::Ok().json(BackupsBody::from(overview)))
}

/// Takes a backup, in the background: `GET /backups` shows how it stands. One task on backups goes on at a time (409 `BACKUP_IN_PROGRESS`).
#[utoipa::path(tag = "backups", security(("bearer" = [])), responses(
    (status = 202, description = "The backup is being taken", body = BackupDto), DataCreateFailures))]
#[post("/backups")]
pub(super) async fn take_backup(DataCaller(tenant): DataCaller, services: web::Data<HttpServices>) -> Result<HttpResponse, ApiError> {
    let backup = services.data.backups.back_up(&tenant).await.map_err(failure)?;
    Ok(HttpResponse::Accepted().json(BackupDto::from(backup)))
}

/// Reads a backup to its end, in the background: checksums, every sealed piece, and whether all of it can be restored from. `verified_at` in
/// `GET /backups` tells that it was good.
#[utoipa::path(tag = "backups", security(("bearer" = [])), responses(
    (status = 202, description = "The backup is being verified", body = BackupTaskDto), DataFailures))]
#[post("/backups/{id}/verify")]
pub(super) async fn verify_backup(
    DataCaller(tenant): DataCaller,
    id: web::Path<String>,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let task = services.data.backups.verify(&tenant, &id).await.map_err(failure)?;
    Ok(HttpResponse::Accepted().json(BackupTaskDto::from(task)))
}

/// Restores a backup into a database of another name on the same server, in the background, and compares the rows. The database stays until
/// it is dropped. The live database is never touched: `atelier-admin data backups restore` restores over it while the service is stopped.
#[utoipa::path(tag = "backups", security(("bearer" = [])), request_body = RestoreBody, responses(
    (status = 202, description = "The backup is being restored", body = BackupTaskDto), DataFailures))]
#[post("/backups/{id}/restore")]
pub(super) async fn restore_backup(
    id: web::Path<String>,
    request: DataRequest<RestoreBody>,
    services: web::Data<HttpServices>,
) -> Result<HttpResponse, ApiError> {
    let DataRequest { caller, body, .. } = request;
    let task = services.data.backups.restore(&caller.0, &id, body.target_database.as_deref()).await.map_err(failure)?;
    Ok(HttpResponse::Accepted().json(BackupTaskDto::from(task)))
}
