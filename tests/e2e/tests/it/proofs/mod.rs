//! Transactions, leases and migrations of the Core Database Service whose process is killed, or whose connection is cut, at each step.

mod bank;
mod leases;
mod migrations;
mod postgres;
mod redis;
mod steps;
mod storm;
mod wire;
