//! Endpoints and deliveries inside a unit of work.

use atelier_domain::kernel::{DeliveryId, EndpointId, StoreError, Timestamp, UserId};
use atelier_domain::wearit::webhooks::{Delivery, Endpoint, WebhookRepository};

use super::queries::{all_endpoints, find_delivery, find_endpoint};
use super::row::{bind_delivery, bind_endpoint};
use crate::error::store_error;
use crate::row::millis;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl WebhookRepository for SqliteTransaction {
    async fn insert_endpoint(&mut self, endpoint: &Endpoint) -> Result<(), StoreError> {
        let mut connection = self.operation("webhooks.insert_endpoint");
        let statement = sqlx::query(
            "INSERT INTO webhook_endpoints (_id, user_id, url, description, events, secret_salt, earlier_secret_salt, earlier_secret_until, \
             disabled, failing_since, updated_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        );
        let statement = bind_endpoint(statement, endpoint)?.bind(millis(endpoint.created_at));
        statement.execute(&mut *connection).await.map_err(store_error)?;
        Ok(())
    }

    async fn endpoint(&mut self, user_id: UserId, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        find_endpoint(&mut self.operation("webhooks.endpoint"), user_id, id).await
    }

    async fn endpoints(&mut self, user_id: UserId) -> Result<Vec<Endpoint>, StoreError> {
        all_endpoints(&mut self.operation("webhooks.endpoints"), user_id).await
    }

    /// The unit of work holds the write lock: nobody else can count before it ends.
    async fn count_endpoints(&mut self, user_id: UserId) -> Result<u64, StoreError> {
        let mut connection = self.operation("webhooks.count_endpoints");
        let query = sqlx::query_scalar("SELECT COUNT(*) FROM webhook_endpoints WHERE user_id = ?").bind(user_id.to_string());
        let count: i64 = query.fetch_one(&mut *connection).await.map_err(store_error)?;
        Ok(count.unsigned_abs())
    }

    async fn update_endpoint(&mut self, endpoint: &Endpoint) -> Result<bool, StoreError> {
        let mut connection = self.operation("webhooks.update_endpoint");
        let statement = sqlx::query(
            "UPDATE webhook_endpoints SET url = ?3, description = ?4, events = ?5, secret_salt = ?6, earlier_secret_salt = ?7, \
             earlier_secret_until = ?8, disabled = ?9, failing_since = ?10, updated_at = ?11 WHERE _id = ?1 AND +user_id = ?2",
        );
        Ok(bind_endpoint(statement, endpoint)?.execute(&mut *connection).await.map_err(store_error)?.rows_affected() > 0)
    }

    async fn delete_endpoint(&mut self, user_id: UserId, id: EndpointId) -> Result<bool, StoreError> {
        let mut connection = self.operation("webhooks.delete_endpoint");
        let log = sqlx::query("DELETE FROM webhook_deliveries WHERE user_id = ? AND endpoint_id = ?").bind(user_id.to_string());
        log.bind(id.to_string()).execute(&mut *connection).await.map_err(store_error)?;
        let query =
            sqlx::query("DELETE FROM webhook_endpoints WHERE _id = ? AND +user_id = ?").bind(id.to_string()).bind(user_id.to_string());
        Ok(query.execute(&mut *connection).await.map_err(store_error)?.rows_affected() > 0)
    }

    async fn insert_delivery(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        let mut connection = self.operation("webhooks.insert_delivery");
        let statement = sqlx::query(
            "INSERT INTO webhook_deliveries (_id, user_id, status, attempts, tries, round, next_attempt_at, ended_at, endpoint_id, event, \
             payload, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        );
        let statement = bind_delivery(statement, delivery)?
            .bind(delivery.endpoint_id.to_string())
            .bind(delivery.event.as_str())
            .bind(delivery.payload.clone())
            .bind(millis(delivery.created_at));
        statement.execute(&mut *connection).await.map_err(store_error)?;
        Ok(())
    }

    async fn delivery(&mut self, user_id: UserId, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        find_delivery(&mut self.operation("webhooks.delivery"), user_id, id).await
    }

    async fn update_delivery(&mut self, delivery: &Delivery) -> Result<bool, StoreError> {
        let mut connection = self.operation("webhooks.update_delivery");
        let statement = sqlx::query(
            "UPDATE webhook_deliveries SET status = ?3, attempts = ?4, tries = ?5, round = ?6, next_attempt_at = ?7, ended_at = ?8 \
             WHERE _id = ?1 AND +user_id = ?2",
        );
        Ok(bind_delivery(statement, delivery)?.execute(&mut *connection).await.map_err(store_error)?.rows_affected() > 0)
    }

    async fn purge_deliveries(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut connection = self.operation("webhooks.purge_deliveries");
        let query = sqlx::query(
            "DELETE FROM webhook_deliveries WHERE _id IN \
             (SELECT _id FROM webhook_deliveries WHERE ended_at IS NOT NULL AND ended_at < ? ORDER BY ended_at, _id LIMIT ?)",
        );
        Ok(query.bind(millis(before)).bind(limit).execute(&mut *connection).await.map_err(store_error)?.rows_affected())
    }
}
