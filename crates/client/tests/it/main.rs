//! The client against a server whose every answer the test writes. Against the service itself: `tests/e2e`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod leases;
mod retries;
mod server;
