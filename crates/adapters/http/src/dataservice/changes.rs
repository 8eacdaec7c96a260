//! What has changed from one version to the next, in the words of the source document.

use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::version::{ApiVersion, RENAMED};
use crate::settings::HttpSettings;
use crate::state::HttpServices;

/// Where this is read; the target of `Link: rel="deprecation"`.
pub(super) const PATH: &str = "/api/v2/migration";

/// One change.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangeDto {
    /// `endpoint_renamed` or `field_added`.
    #[serde(rename = "type")]
    #[schema(example = "endpoint_renamed")]
    kind: &'static str,
    /// The path of before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/api/v1/data/query")]
    old: Option<&'static str>,
    /// The path now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/api/v2/data/search")]
    new: Option<&'static str>,
    /// The path that has a new field.
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<&'static str>,
    /// The new field.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
}

/// From one version to the next.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VersionChangesDto {
    #[schema(example = "v1")]
    from_version: &'static str,
    #[schema(example = "v2")]
    to_version: &'static str,
    changes: Vec<ChangeDto>,
    /// Whether what worked before has ceased to: not before the deadline, since the paths of before stay.
    breaking_changes: bool,
    /// The first day on which a path of before need not be served any more; null while none is announced.
    #[schema(example = "2027-12-31")]
    migration_deadline: Option<String>,
}

/// What has changed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VersionChangesBody {
    migration: VersionChangesDto,
}

/// What has changed from v1 to v2, and until when v1 is served.
#[utoipa::path(tag = "migrations", responses((status = 200, description = "The changes", body = VersionChangesBody)))]
#[get("/migration")]
pub(super) async fn show_version_changes(services: web::Data<HttpServices>, settings: web::Data<HttpSettings>) -> HttpResponse {
    let deadline = settings.deprecations.deadline();
    let renamed =
        RENAMED.map(|(old, new)| ChangeDto { kind: "endpoint_renamed", old: Some(old), new: Some(new), endpoint: None, field: None });
    let (endpoint, field) = (Some("/api/v2/data/search"), Some("search_options"));
    let added = ChangeDto { kind: "field_added", old: None, new: None, endpoint, field };
    HttpResponse::Ok().json(VersionChangesBody {
        migration: VersionChangesDto {
            from_version: ApiVersion::V1.name(),
            to_version: ApiVersion::V2.name(),
            changes: renamed.into_iter().chain([added]).collect(),
            breaking_changes: deadline.is_some_and(|day| services.clock.now().date_naive() >= day),
            migration_deadline: deadline.map(|day| day.to_string()),
        },
    })
}
