//! The engine through its public interface, on the sample pictures of the repository.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod categories;
mod control;
mod fuzz;
mod looks;
mod models;
mod provider;
mod refusals;
mod samples;
mod unchanged;
