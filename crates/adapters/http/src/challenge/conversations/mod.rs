//! The conversations' routes: `request` is what they take, `answer` what they give, `blind` what they give to examiners of an anonymous
//! hackathon, `handed_in` what a hand-in is answered with, `handlers` the way between, `prompts` the sending of prompts, `exchange` the answers on their way and `sse` how they are
//! streamed.

mod answer;
mod blind;
mod exchange;
mod handed_in;
mod handlers;
mod of_hackathon;
mod prompts;
mod request;
mod sse;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use exchange::Exchanges;

/// Routes under `/api/v1`.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(handlers::create)
        .service(handlers::list)
        .service(handlers::get)
        .service(handlers::messages)
        .service(handlers::hand_in)
        .service(prompts::send)
        .service(prompts::stop)
        .service(of_hackathon::quota)
        .service(of_hackathon::list);
}
