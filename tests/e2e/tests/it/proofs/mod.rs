//! What the Core Database Service promises, tried on the built binaries: its process is killed or its connection cut at each step of
//! transactions, leases and migrations, and it is told hostile things.

mod answers;
mod bank;
mod corpus;
mod injection;
mod leases;
mod migrations;
mod postgres;
mod redis;
mod steps;
mod storm;
mod wire;
