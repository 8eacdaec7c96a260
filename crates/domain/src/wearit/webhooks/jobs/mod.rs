//! Background work of webhooks: `deliver` sends a message until it arrives or is given up, `purge` forgets old ones.

mod deliver;
mod purge;

use crate::kernel::{DeliveryId, JobPayload, UserId};

use super::Delivery;

pub use deliver::DeliverWebhooks;
pub use purge::{PurgeDeliveries, PurgeDeliveriesHandler};

/// The job that sends one delivery.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DeliverWebhook {
    /// Whose.
    pub user_id: UserId,
    /// Which.
    pub delivery_id: DeliveryId,
}

impl JobPayload for DeliverWebhook {
    const KIND: &'static str = "wearit.webhooks.deliver";
    const VERSION: u16 = 1;
}

impl DeliverWebhook {
    /// The key that makes the job one per delivery and round.
    pub fn unique_key(delivery: &Delivery) -> String {
        format!("{}:{}:{}", Self::KIND, delivery.id, delivery.round)
    }
}
