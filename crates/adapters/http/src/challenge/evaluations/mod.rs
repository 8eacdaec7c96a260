//! The jury's routes: `request` is what they take, `answer` what they give, `handlers` the way between for evaluations, `queue` for who has
//! which conversation.

mod answer;
mod handlers;
mod queue;
mod request;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes under `/api/v1`. Fixed paths come before `/evaluations/{id}`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(handlers::scale)
        .service(handlers::grade)
        .service(handlers::list)
        .service(handlers::get)
        .service(handlers::change)
        .service(handlers::delete)
        .service(handlers::stats)
        .service(queue::assignments)
        .service(queue::claim)
        .service(queue::recuse);
}
