//! The use cases: execute, and ask what became of it.

mod apply;
mod decide;
mod execute;
mod status;
mod within;

pub use execute::{Participants, TransactionPorts, Transactions};
