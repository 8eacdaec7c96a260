//! The routes of each version.

use utoipa_actix_web::service_config::ServiceConfig;

use super::{changes, queries, routes, search};

/// Routes under `/api/v1`.
pub(crate) fn v1(config: &mut ServiceConfig<'_>) {
    config.service(queries::query).configure(routes);
}

/// Routes under `/api/v2`.
pub(crate) fn v2(config: &mut ServiceConfig<'_>) {
    config.service(search::search).service(changes::show_version_changes).configure(routes);
}
