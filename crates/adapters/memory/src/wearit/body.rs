//! Bodies.

use std::sync::Arc;

use atelier_domain::kernel::{BodyId, StoreError, UserId};
use atelier_domain::wearit::body::{Body, BodyQueries, BodyRepository};

use crate::store::MemoryStore;
use crate::transaction::Transaction;

#[async_trait::async_trait]
impl BodyQueries for MemoryStore {
    async fn find(&self, user_id: UserId) -> Result<Option<Body>, StoreError> {
        Ok(self.committed().bodies.get(&user_id).cloned())
    }
}

#[async_trait::async_trait]
impl BodyRepository for Transaction {
    async fn find(&mut self, user_id: UserId) -> Result<Option<Body>, StoreError> {
        Ok(self.state.bodies.get(&user_id).cloned())
    }

    async fn insert(&mut self, body: &Body) -> Result<(), StoreError> {
        if self.state.bodies.contains_key(&body.user_id) {
            return Err(StoreError::Conflict { constraint: "body.user_id".to_owned() });
        }
        Arc::make_mut(&mut self.state.bodies).insert(body.user_id, body.clone());
        Ok(())
    }

    async fn update(&mut self, body: &Body) -> Result<bool, StoreError> {
        let Some(row) = Arc::make_mut(&mut self.state.bodies).get_mut(&body.user_id) else {
            return Ok(false);
        };
        *row = Body { id: row.id, created_at: row.created_at, ..body.clone() };
        Ok(true)
    }

    async fn delete(&mut self, user_id: UserId) -> Result<Option<BodyId>, StoreError> {
        Ok(Arc::make_mut(&mut self.state.bodies).remove(&user_id).map(|body| body.id))
    }
}
