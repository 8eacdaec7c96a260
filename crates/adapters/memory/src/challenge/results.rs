//! Published results.

use std::sync::Arc;

use atelier_domain::challenge::results::{PublishedResults, ResultsQueries, ResultsRepository};
use atelier_domain::kernel::{HackathonId, StoreError};

use crate::store::MemoryStore;
use crate::transaction::Transaction;

#[async_trait::async_trait]
impl ResultsQueries for MemoryStore {
    async fn find(&self, hackathon_id: HackathonId) -> Result<Option<PublishedResults>, StoreError> {
        Ok(self.committed().results.get(&hackathon_id).cloned())
    }
}

#[async_trait::async_trait]
impl ResultsRepository for Transaction {
    async fn insert(&mut self, results: &PublishedResults) -> Result<(), StoreError> {
        if self.state.results.contains_key(&results.hackathon_id) {
            return Err(StoreError::Conflict { constraint: "results.hackathonId".to_owned() });
        }
        Arc::make_mut(&mut self.state.results).insert(results.hackathon_id, results.clone());
        Ok(())
    }

    async fn delete(&mut self, hackathon_id: HackathonId) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.results).remove(&hackathon_id);
        Ok(())
    }
}
