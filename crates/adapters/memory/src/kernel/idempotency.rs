//! Idempotency records.

use std::sync::Arc;

use atelier_domain::kernel::{IdempotencyKey, IdempotencyRecord, IdempotencyRepository, StoreError, Timestamp, UserId};

use crate::transaction::Transaction;

#[async_trait::async_trait]
impl IdempotencyRepository for Transaction {
    async fn find(&mut self, user_id: UserId, key: &IdempotencyKey, now: Timestamp) -> Result<Option<IdempotencyRecord>, StoreError> {
        let record = self.state.idempotency.get(&(user_id, key.as_str().to_owned()));
        Ok(record.filter(|record| now < record.expires_at).cloned())
    }

    async fn insert(&mut self, record: &IdempotencyRecord, now: Timestamp) -> Result<(), StoreError> {
        if self.find(record.user_id, &record.key, now).await?.is_some() {
            return Err(StoreError::Conflict { constraint: "idempotency.key".to_owned() });
        }
        let key = (record.user_id, record.key.as_str().to_owned());
        Arc::make_mut(&mut self.state.idempotency).insert(key, record.clone());
        Ok(())
    }
}
