//! Outgoing webhooks over HTTP.

mod answer;
mod deliveries;
mod endpoints;
mod request;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(endpoints::create)
        .service(endpoints::list)
        .service(endpoints::show)
        .service(endpoints::change)
        .service(endpoints::remove)
        .service(endpoints::rotate)
        .service(endpoints::try_out)
        .service(deliveries::list)
        .service(deliveries::show)
        .service(deliveries::redeliver);
}
