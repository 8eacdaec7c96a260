//! The job runner: claims jobs under a lease, runs them side by side, and drains gracefully.
//!
//! `runner` claims, `execution` runs one job, `schedule` enqueues periodic jobs, `upkeep` measures and tidies the queue,
//! `timer` is the domain's port for waiting. Any number of processes may run it on one store.

mod execution;
mod runner;
mod schedule;
mod timer;
mod upkeep;

#[cfg(test)]
mod tests;

pub use runner::{Worker, WorkerTimes};
pub use schedule::{Schedule, Scheduler};
pub use timer::TokioTimer;
