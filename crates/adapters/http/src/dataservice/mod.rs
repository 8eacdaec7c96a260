//! The Core Database Service. Its bodies are exactly those of its source document, without the envelope of the other products, and its
//! status codes are the ten of that document's table.

mod body;
mod failure;
mod gate;
mod migrations;
mod queries;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use gate::{Allowances, is_data_path};

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(queries::query)
        .service(migrations::status)
        .service(migrations::run)
        .service(migrations::find)
        .service(migrations::resolve);
}
