//! Use cases over the memory adapter: one binary for all contexts.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod challenge;
mod identity;
mod log;
mod wearit;
