//! What operators and administrators do to the data as a whole: documents of other programs are completed, old ones put away, expired links
//! removed; the store is looked at (the source document's §11.2 and §14).

mod diagnosis;
mod ports;
mod service;
mod task;

pub use diagnosis::{Diagnosis, Findings};
pub use ports::ExpiredLinks;
pub use service::MaintenanceService;
pub use task::{MaintenanceTask, UnknownTask};
