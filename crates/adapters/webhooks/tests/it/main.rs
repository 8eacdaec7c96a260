//! The sender against real receivers on loopback.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod signatures;
mod targets;
mod world;
