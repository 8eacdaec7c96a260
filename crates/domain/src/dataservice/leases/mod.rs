//! Short-lived credentials: a login at PostgreSQL or Redis of its own for each lease, which sees its owner's data alone and ends with it.
//!
//! `model` is the lease and what may become of it, `request` what is asked for and by which services, `queue` the line in front of a full
//! store, `ports` the stores, `service` the use cases, `jobs` what ends leases whose time is over and never gives up.
//!
//! A lease of PostgreSQL is a role; row and role are written in one transaction. A lease of Redis is an ACL user: its row is there before
//! the user and until after it.

mod jobs;
mod model;
mod ports;
mod queue;
mod request;
mod service;

pub use jobs::{LeaseSweeper, Swept};
pub use model::{Ended, Ending, Lease, LeaseId, LeaseState, Operation, ServiceName, Transition, WrongState};
pub use ports::{Grant, LeaseCounts, LeaseStore, LeaseTarget, NewLease};
pub use request::{AcquireRequest, InvalidServices, ServiceRegistry};
pub use service::{Acquired, LeaseBudget, LeasePorts, LeaseSettings, Leases, Released, Renewed};
