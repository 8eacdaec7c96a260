//! The Core Database Service. Its bodies are exactly those of its source document, without the envelope of the other products, and its
//! status codes are the ten of that document's table.

mod backups;
mod body;
mod connections;
mod failure;
mod gate;
mod migrations;
mod queries;
mod transactions;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use gate::{Allowances, is_data_path};

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(connections::acquire_connection)
        .service(connections::release_connection)
        .service(connections::renew_connection)
        .service(queries::query)
        .service(transactions::execute)
        .service(transactions::find_transaction)
        .service(migrations::show_status)
        .service(migrations::run_migrations)
        .service(migrations::find_run)
        .service(migrations::settle)
        .service(backups::list_backups)
        .service(backups::take_backup)
        .service(backups::verify_backup)
        .service(backups::restore_backup);
}
