//! The built binaries, a real SQLite file, real pictures, the real engine; processes are killed. `make e2e` builds the binaries first.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod commands;
mod crash;
mod journey;
mod process;
mod sharing;
