//! WearIT's routes.

mod body;
pub(crate) mod callbacks;
mod favorites;
mod sent;
mod tryon;
mod uploads;
mod wardrobe;
mod webhooks;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .configure(wardrobe::routes)
        .configure(body::routes)
        .configure(tryon::routes)
        .configure(favorites::routes)
        .configure(uploads::routes)
        .configure(webhooks::routes)
        .configure(callbacks::routes);
}
