//! Webhook endpoints and deliveries.

use std::sync::Arc;

use atelier_domain::kernel::{DeliveryId, EndpointId, Page, Paged, StoreError, Timestamp, UserId};
use atelier_domain::wearit::webhooks::{Delivery, DeliveryFilter, Endpoint, WebhookQueries, WebhookRepository};

use crate::page::{Order, Position, paged};
use crate::state::{State, owned, purge};
use crate::store::MemoryStore;
use crate::transaction::Transaction;

fn endpoints_of(state: &State, user_id: UserId) -> Vec<Endpoint> {
    let mut endpoints: Vec<Endpoint> = owned(&state.endpoints, user_id).cloned().collect();
    endpoints.sort_by_key(|endpoint| (endpoint.created_at, endpoint.id));
    endpoints
}

#[async_trait::async_trait]
impl WebhookQueries for MemoryStore {
    async fn endpoint(&self, user_id: UserId, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        Ok(self.committed().endpoints.get(&(user_id, id)).cloned())
    }

    async fn endpoints(&self, user_id: UserId) -> Result<Vec<Endpoint>, StoreError> {
        Ok(endpoints_of(&self.committed(), user_id))
    }

    async fn delivery(&self, user_id: UserId, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        Ok(self.committed().deliveries.get(&(user_id, id)).cloned())
    }

    async fn deliveries(&self, user_id: UserId, filter: &DeliveryFilter, page: &Page) -> Result<Paged<Delivery>, StoreError> {
        let state = self.committed();
        let wanted = |row: &&Delivery| {
            filter.endpoint_id.is_none_or(|endpoint| row.endpoint_id == endpoint) && filter.status.is_none_or(|status| row.status == status)
        };
        let rows = owned(&state.deliveries, user_id).filter(wanted);
        paged(rows, page, Order::NewestFirst, |row| Position::by_time(row.created_at, row.id))
    }
}

#[async_trait::async_trait]
impl WebhookRepository for Transaction {
    async fn insert_endpoint(&mut self, endpoint: &Endpoint) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.endpoints).insert((endpoint.user_id, endpoint.id), endpoint.clone());
        Ok(())
    }

    async fn endpoint(&mut self, user_id: UserId, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        Ok(self.state.endpoints.get(&(user_id, id)).cloned())
    }

    async fn endpoints(&mut self, user_id: UserId) -> Result<Vec<Endpoint>, StoreError> {
        Ok(endpoints_of(&self.state, user_id))
    }

    async fn count_endpoints(&mut self, user_id: UserId) -> Result<u64, StoreError> {
        Ok(owned(&self.state.endpoints, user_id).count() as u64)
    }

    async fn update_endpoint(&mut self, endpoint: &Endpoint) -> Result<bool, StoreError> {
        let Some(row) = Arc::make_mut(&mut self.state.endpoints).get_mut(&(endpoint.user_id, endpoint.id)) else {
            return Ok(false);
        };
        *row = Endpoint { created_at: row.created_at, ..endpoint.clone() };
        Ok(true)
    }

    async fn delete_endpoint(&mut self, user_id: UserId, id: EndpointId) -> Result<bool, StoreError> {
        purge(&mut self.state.deliveries, |row| row.user_id == user_id && row.endpoint_id == id);
        Ok(Arc::make_mut(&mut self.state.endpoints).remove(&(user_id, id)).is_some())
    }

    async fn insert_delivery(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.deliveries).insert((delivery.user_id, delivery.id), delivery.clone());
        Ok(())
    }

    async fn delivery(&mut self, user_id: UserId, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        Ok(self.state.deliveries.get(&(user_id, id)).cloned())
    }

    async fn update_delivery(&mut self, delivery: &Delivery) -> Result<bool, StoreError> {
        let Some(row) = Arc::make_mut(&mut self.state.deliveries).get_mut(&(delivery.user_id, delivery.id)) else {
            return Ok(false);
        };
        let kept = row.clone();
        *row = Delivery {
            endpoint_id: kept.endpoint_id,
            event: kept.event,
            payload: kept.payload,
            created_at: kept.created_at,
            ..delivery.clone()
        };
        Ok(true)
    }

    async fn purge_deliveries(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let deliveries = Arc::make_mut(&mut self.state.deliveries);
        let old = deliveries.iter().filter(|(_, row)| row.ended_at.is_some_and(|at| at < before)).map(|(key, _)| *key);
        let old: Vec<_> = old.take(limit as usize).collect();
        for key in &old {
            deliveries.remove(key);
        }
        Ok(old.len() as u64)
    }
}
