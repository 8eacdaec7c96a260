//! Background work of try-ons: `run` makes a picture, `reconcile` ends try-ons that nothing works on, `retention` removes old results.
//!
//! The way of one run: `run` (what is to be done) → `attempt` (the provider, watched) → `settle` (what came of it). Every write goes
//! through `change`, under the job's lease.

mod attempt;
mod change;
mod reconcile;
mod retention;
mod run;
mod settle;
mod told;
mod watch;

use crate::kernel::{JobPayload, TryOnId, UserId};

pub use reconcile::{ReconcileTryOns, TryOnReconciler};
pub use retention::{ExpireResults, ResultRetention};
pub use run::{RunLimits, RunnerPorts, TryOnRunner};

/// The job that makes the picture of one try-on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RunTryOn {
    /// Whose.
    pub user_id: UserId,
    /// Which.
    pub tryon_id: TryOnId,
}

impl JobPayload for RunTryOn {
    const KIND: &'static str = "wearit.tryon.run";
    const VERSION: u16 = 1;
}

impl RunTryOn {
    /// The key that makes the job one per try-on.
    pub fn unique_key(id: TryOnId) -> String {
        format!("{}:{id}", Self::KIND)
    }
}
