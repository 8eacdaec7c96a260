//! Files in memory, with signed URLs and the server side of them.

mod direct;
mod signature;
mod store;

pub use store::MemoryObjectStore;
