//! Tests of the credentials adapter.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ids;
mod installation;
mod password;
mod random;
mod sealing;
mod streams;
mod token;
