//! Leased logins, tried by a plain client.

mod access;
mod churn;
mod crashes;
mod escalation;
mod revocation;
mod terms;
pub(crate) mod world;
