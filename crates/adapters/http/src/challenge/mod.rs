//! Prompt Challenge's routes.

mod conversations;
mod evaluations;
mod fields;
mod hackathons;
mod maintenance;
mod models;
mod participants;
mod results;

pub(crate) use conversations::Exchanges;
pub(crate) use results::Comparisons;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .configure(participants::routes)
        .configure(hackathons::routes)
        .configure(conversations::routes)
        .configure(evaluations::routes)
        .configure(results::routes)
        .configure(models::routes)
        .configure(maintenance::routes);
}
