//! The contract suites over the memory adapter, and what only it promises.

mod attempts;
mod objects;
mod only_here;
mod store;
