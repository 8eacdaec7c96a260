//! Conversations: `row` and `message` read them, `queries` and `repository` are the ports.

mod message;
mod queries;
mod repository;
mod row;
