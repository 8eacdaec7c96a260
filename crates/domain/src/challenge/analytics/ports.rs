//! What analytics need from a store. Collection `analytics`.

use crate::kernel::{StoreError, Timestamp, UserId};

use super::AnalyticsEvent;

/// Reads and removes events outside a unit of work.
#[async_trait::async_trait]
pub trait AnalyticsQueries: Send + Sync {
    /// Everything kept of a person, oldest first, equal instants by id.
    async fn of_user(&self, user_id: UserId) -> Result<Vec<AnalyticsEvent>, StoreError>;
    /// Removes what is older than `before`; answers how many. A store that removes them by itself too finds few.
    async fn purge(&self, before: Timestamp) -> Result<u64, StoreError>;
}

/// Events inside a unit of work.
#[async_trait::async_trait]
pub trait AnalyticsRepository: Send {
    /// Stores one.
    async fn append(&mut self, event: &AnalyticsEvent) -> Result<(), StoreError>;
}
