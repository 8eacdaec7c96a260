//! The audit trail and its seals.

mod entry;
mod trail;

pub(crate) use entry::{entry, erase};
