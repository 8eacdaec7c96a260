//! Identity's use cases.

mod account;
mod world;
