//! Conversations: `document` writes and reads them, `message` the messages inside, `queries` and `repository` are the ports.
//!
//! A conversation is never read with its messages: those are read one by one or by slice.

mod document;
mod message;
mod queries;
mod repository;
