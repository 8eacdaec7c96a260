//! Measurements: `benches/` and the load harness (`load`). `make bench`, or `taskset -c 0 make bench` for one core. What both drive a service
//! with is here.

pub mod client;
pub mod load;
pub mod processes;
pub mod service;
