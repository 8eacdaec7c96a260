//! The hackathons' routes: `request` and `change` are what they take, `answer` is what they give, `handlers` the way between.

mod answer;
mod change;
mod handlers;
mod request;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    // `presets` would be taken for an id.
    config
        .service(handlers::presets)
        .service(handlers::create)
        .service(handlers::list)
        .service(handlers::get)
        .service(handlers::change)
        .service(handlers::delete)
        .service(handlers::transition);
}
