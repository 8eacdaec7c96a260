//! What quotas need from a store.

use crate::kernel::{StoreError, UserId};

use super::{StoredItem, Usage};

/// Reads usage outside a unit of work.
#[async_trait::async_trait]
pub trait UsageQueries: Send + Sync {
    /// What the person used; none before anything was counted.
    async fn usage(&self, user_id: UserId) -> Result<Option<Usage>, StoreError>;
}

/// Usage inside a unit of work.
#[async_trait::async_trait]
pub trait UsageRepository: Send {
    /// What the person used. MUST conflict with every other unit of work that reads the same person's, also while there is none, so that what is
    /// reserved after looking cannot go beyond a limit.
    async fn find(&mut self, user_id: UserId) -> Result<Option<Usage>, StoreError>;
    /// Stores it.
    async fn put(&mut self, usage: &Usage) -> Result<(), StoreError>;
    /// Remembers the size of an item; answers the one it had, 0 when it had none.
    async fn put_item(&mut self, user_id: UserId, item: &StoredItem, bytes: u64) -> Result<u64, StoreError>;
    /// Forgets an item; answers its size, 0 when it had none.
    async fn take_item(&mut self, user_id: UserId, item: &StoredItem) -> Result<u64, StoreError>;
}
