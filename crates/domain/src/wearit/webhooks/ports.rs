//! What webhooks need from a store.

use crate::kernel::{DeliveryId, EndpointId, Page, Paged, StoreError, Timestamp, UserId};

use super::{Delivery, DeliveryFilter, Endpoint};

/// Reads endpoints and deliveries outside a unit of work; always of one owner.
#[async_trait::async_trait]
pub trait WebhookQueries: Send + Sync {
    /// The owner's endpoint with this id.
    async fn endpoint(&self, user_id: UserId, id: EndpointId) -> Result<Option<Endpoint>, StoreError>;
    /// The owner's endpoints, oldest first, ties by id.
    async fn endpoints(&self, user_id: UserId) -> Result<Vec<Endpoint>, StoreError>;
    /// The owner's delivery with this id.
    async fn delivery(&self, user_id: UserId, id: DeliveryId) -> Result<Option<Delivery>, StoreError>;
    /// A page of deliveries, newest first, ties by id descending.
    async fn deliveries(&self, user_id: UserId, filter: &DeliveryFilter, page: &Page) -> Result<Paged<Delivery>, StoreError>;
}

/// Endpoints and deliveries inside a unit of work; always of one owner.
#[async_trait::async_trait]
pub trait WebhookRepository: Send {
    /// Stores a new endpoint.
    async fn insert_endpoint(&mut self, endpoint: &Endpoint) -> Result<(), StoreError>;
    /// The owner's endpoint with this id.
    async fn endpoint(&mut self, user_id: UserId, id: EndpointId) -> Result<Option<Endpoint>, StoreError>;
    /// The owner's endpoints, oldest first, ties by id.
    async fn endpoints(&mut self, user_id: UserId) -> Result<Vec<Endpoint>, StoreError>;
    /// How many endpoints the owner has. MUST conflict with every other unit of work that counts the same owner's, so that what is inserted
    /// after counting cannot go beyond a limit.
    async fn count_endpoints(&mut self, user_id: UserId) -> Result<u64, StoreError>;
    /// Replaces everything but id, owner and `created_at`. `false` when there is no such endpoint.
    async fn update_endpoint(&mut self, endpoint: &Endpoint) -> Result<bool, StoreError>;
    /// Removes an endpoint and its deliveries. `false` when there was none.
    async fn delete_endpoint(&mut self, user_id: UserId, id: EndpointId) -> Result<bool, StoreError>;
    /// Stores a new delivery.
    async fn insert_delivery(&mut self, delivery: &Delivery) -> Result<(), StoreError>;
    /// The owner's delivery with this id.
    async fn delivery(&mut self, user_id: UserId, id: DeliveryId) -> Result<Option<Delivery>, StoreError>;
    /// Replaces everything but id, owner, endpoint, event, payload and `created_at`. `false` when there is no such delivery.
    async fn update_delivery(&mut self, delivery: &Delivery) -> Result<bool, StoreError>;
    /// Removes up to `limit` deliveries of every owner that ended before `before`; answers how many.
    async fn purge_deliveries(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
