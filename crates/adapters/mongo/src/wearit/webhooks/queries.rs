//! Reading endpoints and deliveries.

use atelier_domain::kernel::{DeliveryId, EndpointId, EntityId, Page, Paged, StoreError, UserId};
use atelier_domain::wearit::webhooks::{Delivery, DeliveryFilter, Endpoint, WebhookQueries};
use mongodb::bson::{Document, doc};
use mongodb::options::{FindOptions, Hint};

use super::document::{delivery, endpoint};
use crate::collections::{WEBHOOK_DELIVERIES, WEBHOOK_ENDPOINTS};
use crate::document::oid;
use crate::indexes::{Keys, keys};
use crate::page::{Order, time_cursor};
use crate::statements::by;
use crate::store::MongoStore;

#[async_trait::async_trait]
impl WebhookQueries for MongoStore {
    async fn endpoint(&self, user_id: UserId, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        self.one("webhooks.endpoint", WEBHOOK_ENDPOINTS, owned(user_id, id)).await?.as_ref().map(endpoint).transpose()
    }

    async fn endpoints(&self, user_id: UserId) -> Result<Vec<Endpoint>, StoreError> {
        let found = self.all("webhooks.endpoints", WEBHOOK_ENDPOINTS, by("user_id", oid(user_id)), oldest_first()).await?;
        found.iter().map(endpoint).collect()
    }

    async fn delivery(&self, user_id: UserId, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        self.one("webhooks.delivery", WEBHOOK_DELIVERIES, owned(user_id, id)).await?.as_ref().map(delivery).transpose()
    }

    async fn deliveries(&self, user_id: UserId, filter: &DeliveryFilter, page: &Page) -> Result<Paged<Delivery>, StoreError> {
        let (wanted, index) = filtered(user_id, filter);
        let total = self.count("webhooks.count_deliveries", WEBHOOK_DELIVERIES, wanted.clone(), index.document()).await?;
        let order = Order::NEWEST_FIRST;
        let options = order.options(page, index.document());
        let found = self.all("webhooks.deliveries", WEBHOOK_DELIVERIES, order.continued(wanted, page)?, options).await?;
        let deliveries = found.iter().map(delivery).collect::<Result<_, _>>()?;
        Ok(Paged::from_fetched(deliveries, page.limit, total, |row: &Delivery| time_cursor(row.created_at, &row.id)))
    }
}

pub(super) fn owned<T: EntityId>(user_id: UserId, id: T) -> Document {
    doc! { "_id": oid(id), "user_id": oid(user_id) }
}

pub(super) fn oldest_first() -> FindOptions {
    let keys = keys::USER_OLDEST;
    FindOptions::builder().sort(doc! { "created_at": 1, "_id": 1 }).hint(Hint::Keys(keys.document())).build()
}

/// The filter, and the index that has the list's order for the narrowest of its conditions.
fn filtered(user_id: UserId, filter: &DeliveryFilter) -> (Document, Keys) {
    let mut wanted = doc! { "user_id": oid(user_id) };
    let mut index = keys::USER_NEWEST;
    if let Some(status) = filter.status {
        wanted.insert("status", status.as_str());
        index = keys::USER_STATUS_NEWEST;
    }
    if let Some(endpoint) = filter.endpoint_id {
        wanted.insert("endpoint_id", oid(endpoint));
        index = keys::USER_ENDPOINT_NEWEST;
    }
    (wanted, index)
}
