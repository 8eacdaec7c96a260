//! Reading endpoints and deliveries.

use atelier_domain::kernel::{DeliveryId, EndpointId, Page, Paged, StoreError, UserId};
use atelier_domain::wearit::webhooks::{Delivery, DeliveryFilter, Endpoint, WebhookQueries};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::row::{delivery, endpoint};
use crate::error::store_error;
use crate::page::{Order, time_cursor};
use crate::store::SqliteStore;

#[async_trait::async_trait]
impl WebhookQueries for SqliteStore {
    async fn endpoint(&self, user_id: UserId, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        find_endpoint(&mut *self.read("webhooks.endpoint").await?, user_id, id).await
    }

    async fn endpoints(&self, user_id: UserId) -> Result<Vec<Endpoint>, StoreError> {
        all_endpoints(&mut *self.read("webhooks.endpoints").await?, user_id).await
    }

    async fn delivery(&self, user_id: UserId, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        find_delivery(&mut *self.read("webhooks.delivery").await?, user_id, id).await
    }

    async fn deliveries(&self, user_id: UserId, filter: &DeliveryFilter, page: &Page) -> Result<Paged<Delivery>, StoreError> {
        let mut connection = self.read("webhooks.deliveries").await?;
        let mut count = filtered("SELECT COUNT(*)", user_id, filter);
        let total: i64 = count.build_query_scalar().fetch_one(&mut *connection).await.map_err(store_error)?;
        let mut query = filtered("SELECT *", user_id, filter);
        Order::NEWEST_FIRST.push(&mut query, page)?;
        let rows = query.build().fetch_all(&mut *connection).await.map_err(store_error)?;
        let deliveries = rows.iter().map(delivery).collect::<Result<_, _>>()?;
        Ok(Paged::from_fetched(deliveries, page.limit, total.unsigned_abs(), |row: &Delivery| time_cursor(row.created_at, &row.id)))
    }
}

fn filtered(select: &str, user_id: UserId, filter: &DeliveryFilter) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(select);
    query.push(" FROM webhook_deliveries WHERE user_id = ").push_bind(user_id.to_string());
    if let Some(endpoint) = filter.endpoint_id {
        query.push(" AND endpoint_id = ").push_bind(endpoint.to_string());
    }
    if let Some(status) = filter.status {
        query.push(" AND status = ").push_bind(status.as_str());
    }
    query
}

pub(super) async fn find_endpoint(
    connection: &mut SqliteConnection,
    user_id: UserId,
    id: EndpointId,
) -> Result<Option<Endpoint>, StoreError> {
    let query =
        sqlx::query("SELECT * FROM webhook_endpoints WHERE _id = ? AND +user_id = ?").bind(id.to_string()).bind(user_id.to_string());
    let row = query.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(endpoint).transpose()
}

pub(super) async fn all_endpoints(connection: &mut SqliteConnection, user_id: UserId) -> Result<Vec<Endpoint>, StoreError> {
    let query = sqlx::query("SELECT * FROM webhook_endpoints WHERE user_id = ? ORDER BY created_at, _id").bind(user_id.to_string());
    query.fetch_all(connection).await.map_err(store_error)?.iter().map(endpoint).collect()
}

pub(super) async fn find_delivery(
    connection: &mut SqliteConnection,
    user_id: UserId,
    id: DeliveryId,
) -> Result<Option<Delivery>, StoreError> {
    let query =
        sqlx::query("SELECT * FROM webhook_deliveries WHERE _id = ? AND +user_id = ?").bind(id.to_string()).bind(user_id.to_string());
    let row = query.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(delivery).transpose()
}
