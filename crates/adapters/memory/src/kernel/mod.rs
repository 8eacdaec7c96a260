//! Jobs, events, audit entries and idempotency records.

mod audit;
mod events;
mod idempotency;
mod job_queue;
mod job_row;
mod job_writer;

pub(crate) use events::UserEvents;
pub(crate) use job_row::JobRow;
