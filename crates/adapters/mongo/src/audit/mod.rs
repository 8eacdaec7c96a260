//! The audit trail and its seals.

mod entry;
mod erasure;
mod trail;

pub(crate) use entry::entry;
