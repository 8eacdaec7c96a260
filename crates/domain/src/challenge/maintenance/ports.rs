//! What maintenance needs of others.

use crate::kernel::{StoreError, Timestamp};

/// The links by which people sign in, which another context keeps.
#[async_trait::async_trait]
pub trait ExpiredLinks: Send + Sync {
    /// Removes those that expired before `before` and nothing else; answers how many.
    async fn remove(&self, before: Timestamp) -> Result<u64, StoreError>;
}
