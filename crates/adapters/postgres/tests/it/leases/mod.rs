//! Leased logins, tried by a plain client.

mod access;
mod churn;
mod crashes;
mod revocation;
mod terms;
pub(crate) mod world;
