//! Try-ons: `row` reads them, `document` holds the parts kept as JSON, `queries` and `repository` are the ports.

mod document;
mod queries;
mod repository;
mod row;

pub(super) use row::{SELECT, tryon};
