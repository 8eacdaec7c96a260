//! The adapters against the laboratory's vendors and real servers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a test run is configured by its environment")]

mod chat;
mod tryon;
