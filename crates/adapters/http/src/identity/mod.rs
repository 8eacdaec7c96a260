//! Identity's routes: `auth` signs in and out, `recovery` leads back in, `sessions` and `tickets` are devices and live connections,
//! `me` is one's own account, `users` the administrators' view of all, `audit` what was done.

mod audit;
mod auth;
mod me;
mod recovery;
mod sessions;
mod tickets;
mod tokens;
mod user;
mod users;

use utoipa_actix_web::service_config::ServiceConfig;

use crate::caller;

/// Routes under `/api/v1`. Those of `/users/me` come before `/users/{id}`, which would match them.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(auth::sign_up)
        .service(auth::log_in)
        .service(auth::refresh)
        .service(auth::log_out)
        .service(sessions::list)
        .service(sessions::revoke)
        .service(recovery::forgot_password)
        .service(recovery::reset_password)
        .service(recovery::request_verification)
        .service(recovery::verify_email)
        .service(recovery::request_magic_link)
        .service(recovery::consume_magic_link)
        .service(tickets::issue)
        .service(me::profile::read)
        .service(me::profile::update)
        .service(me::profile::change_password)
        .service(me::profile::give_consent)
        .service(me::avatar::set)
        .service(me::avatar::remove)
        .service(me::personal_data::export)
        .service(me::personal_data::erase)
        .service(users::list)
        .service(users::count)
        .service(users::change)
        .service(users::deactivate)
        .service(audit::list);
}

impl From<caller::Client> for atelier_domain::identity::Client {
    fn from(client: caller::Client) -> Self {
        Self { address: client.address, user_agent: client.user_agent }
    }
}
