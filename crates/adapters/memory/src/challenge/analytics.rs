//! Analytics events.

use std::sync::Arc;

use atelier_domain::challenge::analytics::{AnalyticsEvent, AnalyticsQueries, AnalyticsRepository};
use atelier_domain::kernel::{StoreError, Timestamp, UserId};

use crate::state::purge;
use crate::store::MemoryStore;
use crate::transaction::Transaction;

#[async_trait::async_trait]
impl AnalyticsQueries for MemoryStore {
    async fn of_user(&self, user_id: UserId) -> Result<Vec<AnalyticsEvent>, StoreError> {
        let state = self.committed();
        let mut found: Vec<AnalyticsEvent> = state.analytics.values().filter(|event| event.user_id == user_id).cloned().collect();
        found.sort_by_key(|event| (event.at, event.id));
        Ok(found)
    }

    async fn purge(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut transaction = self.transaction().await;
        let removed = purge(&mut transaction.state.analytics, |event| event.at < before);
        transaction.publish();
        Ok(removed)
    }
}

#[async_trait::async_trait]
impl AnalyticsRepository for Transaction {
    async fn append(&mut self, event: &AnalyticsEvent) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.analytics).insert(event.id, event.clone());
        Ok(())
    }
}
