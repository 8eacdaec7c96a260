//! What people used of their quotas.

use std::sync::Arc;

use atelier_domain::kernel::{StoreError, UserId};
use atelier_domain::wearit::quotas::{StoredItem, Usage, UsageQueries, UsageRepository};

use crate::store::MemoryStore;
use crate::transaction::Transaction;

#[async_trait::async_trait]
impl UsageQueries for MemoryStore {
    async fn usage(&self, user_id: UserId) -> Result<Option<Usage>, StoreError> {
        Ok(self.committed().usage.get(&user_id).cloned())
    }
}

#[async_trait::async_trait]
impl UsageRepository for Transaction {
    async fn find(&mut self, user_id: UserId) -> Result<Option<Usage>, StoreError> {
        Ok(self.state.usage.get(&user_id).cloned())
    }

    async fn put(&mut self, usage: &Usage) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.usage).insert(usage.user_id, usage.clone());
        Ok(())
    }

    async fn put_item(&mut self, user_id: UserId, item: &StoredItem, bytes: u64) -> Result<u64, StoreError> {
        Ok(Arc::make_mut(&mut self.state.stored_items).insert((user_id, item.clone()), bytes).unwrap_or_default())
    }

    async fn take_item(&mut self, user_id: UserId, item: &StoredItem) -> Result<u64, StoreError> {
        Ok(Arc::make_mut(&mut self.state.stored_items).remove(&(user_id, item.clone())).unwrap_or_default())
    }
}
