//! Which tables exist, what their columns hold, whose rows they are, and who may read and write which column.
//!
//! Every identifier that reaches a store comes from here: a request can only point into the catalogue, never name anything else.

mod model;
mod value;
mod visiobook;

pub use model::{Catalogue, Column, ColumnId, Ownership, Table};
pub use value::{ColumnType, InvalidValue, Value};
