//! Identity's routes.

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes under `/api/v1`.
pub(crate) fn routes(_config: &mut ServiceConfig<'_>) {}
