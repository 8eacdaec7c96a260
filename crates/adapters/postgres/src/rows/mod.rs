//! Reading tables.

mod predicate;
mod statement;
mod store;

pub(crate) use predicate::{condition, own};
pub use store::PgRows;
