//! From a client's JSON to checked operations: everything is checked before anything is touched.

mod fields;
mod request;
mod sql;
mod stores;

pub use request::{TransactionRequest, parse_transaction};
