//! The results' routes: `handlers` are those that show and publish, `answer` what they give, `compare` where similar prompts are looked for;
//! `export` are the files, `request` what they take, `encode` how they are written.

mod answer;
mod compare;
mod encode;
mod export;
mod handlers;
mod request;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use compare::Comparisons;

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(handlers::leaderboard)
        .service(handlers::publish)
        .service(handlers::agreement)
        .service(handlers::similarity)
        .service(export::export_csv)
        .service(export::export_json);
}
