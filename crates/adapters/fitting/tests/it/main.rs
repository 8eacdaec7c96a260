//! The engine through its public interface, on the sample pictures of the repository.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod calibration;
mod categories;
mod control;
mod fuzz;
mod layers;
mod looks;
mod models;
mod perceptual;
mod provider;
mod refusals;
mod samples;
mod unchanged;
