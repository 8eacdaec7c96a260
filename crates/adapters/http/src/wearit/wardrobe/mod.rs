//! The wardrobe's routes: `request` is what they take, `answer` what they give, `handlers` the way between.

mod answer;
mod handlers;
mod request;
mod sizes;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(handlers::add)
        .service(handlers::list)
        .service(handlers::stats)
        .service(handlers::get)
        .service(handlers::update)
        .service(handlers::replace_image)
        .service(handlers::delete);
}
