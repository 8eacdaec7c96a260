//! Webhook endpoints and deliveries: `document` writes and reads them, `queries` and `repository` are the ports.

mod document;
mod queries;
mod repository;
