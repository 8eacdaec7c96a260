//! The participants' routes: `profile` and `request` are what they take, `answer` is what they give, `handlers` the way between.

mod answer;
mod handlers;
mod profile;
mod request;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(handlers::me)
        .service(handlers::put_me)
        .service(handlers::put_consent)
        .service(handlers::list)
        .service(handlers::stats)
        .service(handlers::authorize_tokens);
}
