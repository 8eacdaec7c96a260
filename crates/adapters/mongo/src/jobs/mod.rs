//! Background jobs: `writer` inside units of work, `queue` for workers.

mod queue;
mod writer;
