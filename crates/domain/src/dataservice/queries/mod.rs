//! Reading rows: a small typed grammar of filters, one page with its exact total, owners kept apart.
//!
//! `filter` is the grammar and its meaning, `request` what a client sends, `plan` what a store is asked for, `ports` the stores, `service`
//! the use case.

mod cursor;
mod filter;
mod parse;
mod plan;
mod ports;
mod request;

pub use cursor::{after, write_cursor};
pub use filter::{Comparison, Predicate};
pub use parse::{FilterLimits, parse_filters};
pub use plan::{Direction, Rows, Select, SortKey};
pub use ports::RowStore;
pub use request::{Pagination, QueryRequest, QueryType};
