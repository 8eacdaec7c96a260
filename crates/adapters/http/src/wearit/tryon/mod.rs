//! Try-ons' routes: `request` is what they take, `answer` what they give, `handlers` the way between, `live` the updates.

pub(super) mod answer;
mod handlers;
mod live;
mod request;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes under `/api/v1`. Fixed paths come before `/tryon/{id}`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(live::websocket::connect)
        .service(live::sse::connect)
        .service(handlers::capabilities)
        .service(handlers::request)
        .service(handlers::list)
        .service(handlers::get)
        .service(handlers::delete)
        .service(handlers::cancel)
        .service(handlers::retry);
}
