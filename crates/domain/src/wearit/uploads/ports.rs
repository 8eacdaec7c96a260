//! What uploads need from a store.

use crate::kernel::{StoreError, Timestamp, UploadId, UserId};

use super::Upload;

/// Uploads inside a unit of work.
#[async_trait::async_trait]
pub trait UploadRepository: Send {
    /// Stores a new upload.
    async fn insert(&mut self, upload: &Upload) -> Result<(), StoreError>;
    /// The person's upload with this id.
    async fn find(&mut self, user_id: UserId, id: UploadId) -> Result<Option<Upload>, StoreError>;
    /// Removes an upload. `false` when there was none; given to one caller only.
    async fn delete(&mut self, user_id: UserId, id: UploadId) -> Result<bool, StoreError>;
    /// Removes uploads that expired before `before` and answers up to `limit` of them, so that their files can be deleted.
    async fn take_expired(&mut self, before: Timestamp, limit: u32) -> Result<Vec<Upload>, StoreError>;
}
