//! Password reset codes.

use std::sync::Arc;

use atelier_domain::identity::{PasswordReset, PasswordResetRepository};
use atelier_domain::kernel::{StoreError, Timestamp, UserId};

use crate::state::purge;
use crate::transaction::Transaction;

#[async_trait::async_trait]
impl PasswordResetRepository for Transaction {
    async fn replace(&mut self, reset: &PasswordReset) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.resets).insert(reset.user_id, reset.clone());
        Ok(())
    }

    async fn find(&mut self, user_id: UserId) -> Result<Option<PasswordReset>, StoreError> {
        Ok(self.state.resets.get(&user_id).cloned())
    }

    async fn count_try(&mut self, user_id: UserId) -> Result<(), StoreError> {
        if let Some(reset) = Arc::make_mut(&mut self.state.resets).get_mut(&user_id) {
            reset.tries += 1;
        }
        Ok(())
    }

    async fn delete(&mut self, user_id: UserId) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.resets).remove(&user_id);
        Ok(())
    }

    async fn purge_expired(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(purge(&mut self.state.resets, |reset| reset.expires_at < before))
    }
}
