//! Endpoints and deliveries inside a unit of work.

use atelier_domain::kernel::{DeliveryId, EndpointId, StoreError, Timestamp, UserId};
use atelier_domain::wearit::webhooks::{Delivery, Endpoint, WebhookRepository};
use mongodb::bson::{Bson, doc};
use mongodb::options::FindOptions;

use super::document::{delivery, delivery_document, delivery_fields, endpoint, endpoint_document, endpoint_fields};
use super::queries::{oldest_first, owned};
use crate::collections::{WEBHOOK_DELIVERIES, WEBHOOK_ENDPOINTS};
use crate::document::{date, lock, oid, replacing};
use crate::indexes::keys;
use crate::statements::by;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl WebhookRepository for MongoTransaction {
    async fn insert_endpoint(&mut self, endpoint: &Endpoint) -> Result<(), StoreError> {
        self.add("webhooks.insert_endpoint", WEBHOOK_ENDPOINTS, endpoint_document(endpoint)).await
    }

    async fn endpoint(&mut self, user_id: UserId, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        let document = self.locked("webhooks.endpoint", WEBHOOK_ENDPOINTS, owned(user_id, id)).await?;
        document.as_ref().map(endpoint).transpose()
    }

    async fn endpoints(&mut self, user_id: UserId) -> Result<Vec<Endpoint>, StoreError> {
        let found = self.all_seen("webhooks.endpoints", WEBHOOK_ENDPOINTS, by("user_id", oid(user_id)), oldest_first()).await?;
        found.iter().map(endpoint).collect()
    }

    /// Whoever counts writes all there are: of two units of work that count one conflicts. Where there are none yet both may insert, which
    /// goes beyond no limit above one.
    async fn count_endpoints(&mut self, user_id: UserId) -> Result<u64, StoreError> {
        self.change_all("webhooks.count_endpoints", WEBHOOK_ENDPOINTS, by("user_id", oid(user_id)), lock()).await
    }

    async fn update_endpoint(&mut self, endpoint: &Endpoint) -> Result<bool, StoreError> {
        let update = replacing(endpoint_fields(endpoint));
        self.change("webhooks.update_endpoint", WEBHOOK_ENDPOINTS, owned(endpoint.user_id, endpoint.id), update).await
    }

    async fn delete_endpoint(&mut self, user_id: UserId, id: EndpointId) -> Result<bool, StoreError> {
        let log = doc! { "user_id": oid(user_id), "endpoint_id": oid(id) };
        self.remove_all("webhooks.delete_log", WEBHOOK_DELIVERIES, log).await?;
        self.remove("webhooks.delete_endpoint", WEBHOOK_ENDPOINTS, owned(user_id, id)).await
    }

    async fn insert_delivery(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        self.add("webhooks.insert_delivery", WEBHOOK_DELIVERIES, delivery_document(delivery)).await
    }

    async fn delivery(&mut self, user_id: UserId, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        let document = self.locked("webhooks.delivery", WEBHOOK_DELIVERIES, owned(user_id, id)).await?;
        document.as_ref().map(delivery).transpose()
    }

    async fn update_delivery(&mut self, delivery: &Delivery) -> Result<bool, StoreError> {
        let update = replacing(delivery_fields(delivery));
        self.change("webhooks.update_delivery", WEBHOOK_DELIVERIES, owned(delivery.user_id, delivery.id), update).await
    }

    async fn purge_deliveries(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        if limit == 0 {
            return Ok(0);
        }
        let options = FindOptions::builder().sort(keys::ENDED.document()).limit(i64::from(limit)).projection(doc! { "_id": 1 }).build();
        let found =
            self.all_seen("webhooks.ended_before", WEBHOOK_DELIVERIES, doc! { "ended_at": { "$lt": date(before) } }, options).await?;
        let ids: Vec<&Bson> = found.iter().filter_map(|document| document.get("_id")).collect();
        if ids.is_empty() {
            return Ok(0);
        }
        self.remove_all("webhooks.purge_deliveries", WEBHOOK_DELIVERIES, doc! { "_id": { "$in": ids } }).await
    }
}
