//! What the testkit promises itself: deterministic fakes, and suites that leave no case out.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod factories;
mod fakes;
#[cfg(feature = "laboratory")]
mod laboratory;
mod suites;
