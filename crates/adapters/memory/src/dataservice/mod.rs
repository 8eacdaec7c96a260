//! The Core Database Service in memory.

mod answers;
mod rows;

pub use answers::MemoryAnswerCache;
pub use rows::MemoryRows;
