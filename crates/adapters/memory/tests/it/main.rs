//! The contract suites over the memory adapter, and what only it promises.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attempts;
mod objects;
mod only_here;
mod store;
