//! The contract suites over the memory adapter, and what only it promises.

mod attempts;
mod challenge;
mod objects;
mod only_here;
mod store;
