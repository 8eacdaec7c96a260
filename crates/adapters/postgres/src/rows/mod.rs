//! Reading tables.

mod predicate;
mod statement;
mod store;
mod versions;

pub(crate) use predicate::{condition, own};
pub use store::PgRows;
