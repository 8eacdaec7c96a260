//! What operators and the embedded object store need: health, metrics, signed files.

pub(crate) mod files;
pub(crate) mod health;
pub(crate) mod metrics;
pub(crate) mod studio;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes outside `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(health::health)
        .service(health::live)
        .service(health::ready)
        .service(metrics::metrics)
        .service(files::read)
        .service(files::write);
}
