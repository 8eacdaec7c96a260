//! Analytics events.

use atelier_domain::challenge::analytics::{AnalyticsEvent, AnalyticsQueries, AnalyticsRepository};
use atelier_domain::kernel::{StoreError, Timestamp, UserId};
use sqlx::sqlite::SqliteRow;

use crate::error::store_error;
use crate::row::{Columns, millis, to_json};
use crate::store::SqliteStore;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl AnalyticsQueries for SqliteStore {
    async fn of_user(&self, user_id: UserId) -> Result<Vec<AnalyticsEvent>, StoreError> {
        let mut connection = self.read("analytics.of_user").await?;
        let query = sqlx::query("SELECT * FROM analytics WHERE userId = ? ORDER BY timestamp, _id").bind(user_id.to_string());
        let rows = query.fetch_all(&mut *connection).await.map_err(store_error)?;
        rows.iter().map(event).collect()
    }

    async fn purge(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let mut connection = transaction.operation("analytics.purge");
        let query = sqlx::query("DELETE FROM analytics WHERE timestamp < ?").bind(millis(before));
        let removed = query.execute(&mut *connection).await.map_err(store_error)?.rows_affected();
        drop(connection);
        transaction.finish().await?;
        Ok(removed)
    }
}

#[async_trait::async_trait]
impl AnalyticsRepository for SqliteTransaction {
    async fn append(&mut self, event: &AnalyticsEvent) -> Result<(), StoreError> {
        let mut connection = self.operation("analytics.append");
        sqlx::query("INSERT INTO analytics (_id, type, userId, hackathonId, metadata, timestamp) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(event.id.to_string())
            .bind(event.kind.as_str())
            .bind(event.user_id.to_string())
            .bind(event.hackathon_id.map(|id| id.to_string()))
            .bind(to_json(&event.metadata)?)
            .bind(millis(event.at))
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        Ok(())
    }
}

fn event(row: &SqliteRow) -> Result<AnalyticsEvent, StoreError> {
    let columns = Columns::of("analytics", row);
    Ok(AnalyticsEvent {
        id: columns.parse("_id")?,
        kind: columns.parse("type")?,
        user_id: columns.parse("userId")?,
        hackathon_id: columns.parse_optional("hackathonId")?,
        metadata: columns.json("metadata")?,
        at: columns.time("timestamp")?,
    })
}
