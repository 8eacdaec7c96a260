//! Magic links, address confirmations and tickets.

use std::sync::Arc;

use atelier_domain::identity::{OneTimePurpose, OneTimeToken, OneTimeTokenRepository};
use atelier_domain::kernel::{StoreError, Timestamp, UserId};

use crate::state::purge;
use crate::transaction::Transaction;

#[async_trait::async_trait]
impl OneTimeTokenRepository for Transaction {
    async fn insert(&mut self, token: &OneTimeToken) -> Result<(), StoreError> {
        let key = (token.purpose.collection(), token.digest.clone());
        Arc::make_mut(&mut self.state.one_time_tokens).insert(key, token.clone());
        Ok(())
    }

    async fn take(&mut self, purpose: OneTimePurpose, digest: &str, now: Timestamp) -> Result<Option<OneTimeToken>, StoreError> {
        let key = (purpose.collection(), digest.to_owned());
        if self.state.one_time_tokens.get(&key).is_none_or(|token| token.expires_at <= now) {
            return Ok(None);
        }
        Ok(Arc::make_mut(&mut self.state.one_time_tokens).remove(&key))
    }

    async fn delete_all(&mut self, purpose: OneTimePurpose, user_id: UserId) -> Result<(), StoreError> {
        purge(&mut self.state.one_time_tokens, |token| token.purpose == purpose && token.user_id == user_id);
        Ok(())
    }

    async fn purge_expired(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(purge(&mut self.state.one_time_tokens, |token| token.expires_at < before))
    }
}
