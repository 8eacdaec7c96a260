//! Webhook endpoints and deliveries: `row` writes and reads them, `queries` and `repository` are the ports.

mod queries;
mod repository;
mod row;
