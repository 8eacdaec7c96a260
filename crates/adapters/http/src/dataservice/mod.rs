//! The Core Database Service. Its bodies are exactly those of its source document, without the envelope of the other products, and its
//! status codes are the ten of that document's table.
//!
//! Two versions of the routes are served side by side (`version`, `versions`); `deprecation` tells what of the first is on its way out.

mod backups;
mod body;
mod changes;
mod connections;
mod deprecation;
mod failure;
mod gate;
mod migrations;
mod operations;
mod queries;
mod search;
mod transactions;
mod version;
pub(crate) mod versions;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use deprecation::announce;
pub use deprecation::{Deprecations, InvalidDeprecation};
pub(crate) use gate::{Allowances, REQUIRED_HEADERS, is_data_path};

/// Routes under `/api/v1` and `/api/v2`; `versions` has what only one of them has.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(connections::acquire_connection)
        .service(connections::release_connection)
        .service(connections::renew_connection)
        .service(transactions::execute)
        .service(transactions::find_transaction)
        .service(operations::list_dead)
        .service(operations::retry_operation)
        .service(operations::forget_operation)
        .service(migrations::show_status)
        .service(migrations::run_migrations)
        .service(migrations::find_run)
        .service(migrations::settle)
        .service(backups::list_backups)
        .service(backups::take_backup)
        .service(backups::verify_backup)
        .service(backups::restore_backup);
}
