//! Direct uploads.

use std::sync::Arc;

use atelier_domain::kernel::{StoreError, Timestamp, UploadId, UserId};
use atelier_domain::wearit::uploads::{Upload, UploadRepository};

use crate::transaction::Transaction;

#[async_trait::async_trait]
impl UploadRepository for Transaction {
    async fn insert(&mut self, upload: &Upload) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.uploads).insert((upload.user_id, upload.id), upload.clone());
        Ok(())
    }

    async fn find(&mut self, user_id: UserId, id: UploadId) -> Result<Option<Upload>, StoreError> {
        Ok(self.state.uploads.get(&(user_id, id)).cloned())
    }

    async fn delete(&mut self, user_id: UserId, id: UploadId) -> Result<bool, StoreError> {
        Ok(Arc::make_mut(&mut self.state.uploads).remove(&(user_id, id)).is_some())
    }

    async fn take_expired(&mut self, before: Timestamp, limit: u32) -> Result<Vec<Upload>, StoreError> {
        let uploads = Arc::make_mut(&mut self.state.uploads);
        let expired = uploads.values().filter(|upload| upload.expires_at < before).take(limit as usize);
        let expired: Vec<Upload> = expired.cloned().collect();
        for upload in &expired {
            uploads.remove(&(upload.user_id, upload.id));
        }
        Ok(expired)
    }
}
