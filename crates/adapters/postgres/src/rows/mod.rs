//! Reading tables.

mod index;
mod predicate;
mod search;
mod statement;
mod store;
mod versions;

pub use index::index_embeddings;
pub(crate) use predicate::{condition, own};
pub use store::PgRows;
