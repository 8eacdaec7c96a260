//! The port [`LeaseStore`](atelier_domain::dataservice::leases::LeaseStore) over PostgreSQL: rows and roles in one transaction.
//!
//! The work of each transaction is a function of the schema (`lease_logins`), so that a grant is one round trip and the budget's row is
//! locked for no longer than that. `elsewhere` removes what a login has left in other databases, `url` makes what clients connect by.

mod elsewhere;
mod row;
mod store;
mod url;

pub use store::PgLeases;
pub use url::InvalidLeaseUrl;
