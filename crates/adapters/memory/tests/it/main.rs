//! The contract suites over the memory adapter, and what only it promises.

mod attempts;
mod objects;
mod store;
