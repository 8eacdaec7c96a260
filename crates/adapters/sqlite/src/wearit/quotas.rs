//! What people used of their quotas.

use atelier_domain::kernel::{StoreError, UserId};
use atelier_domain::wearit::quotas::{StoredItem, Usage, UsageQueries, UsageRepository};
use sqlx::SqliteConnection;

use crate::error::store_error;
use crate::row::{Columns, integer};
use crate::store::SqliteStore;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl UsageQueries for SqliteStore {
    async fn usage(&self, user_id: UserId) -> Result<Option<Usage>, StoreError> {
        usage(&mut *self.read("usage.find").await?, user_id).await
    }
}

async fn usage(connection: &mut SqliteConnection, user_id: UserId) -> Result<Option<Usage>, StoreError> {
    let query = sqlx::query("SELECT * FROM usage WHERE user_id = ?").bind(user_id.to_string());
    let Some(row) = query.fetch_optional(connection).await.map_err(store_error)? else { return Ok(None) };
    let columns = Columns::keyed("usage", "user_id", &row);
    Ok(Some(Usage {
        user_id: columns.parse("user_id")?,
        day: columns.parse("day")?,
        tryons: columns.number("tryons")?,
        stored_bytes: columns.number("stored_bytes")?,
    }))
}

/// The unit of work holds the write lock: nobody else can look before it ends.
#[async_trait::async_trait]
impl UsageRepository for SqliteTransaction {
    async fn find(&mut self, user_id: UserId) -> Result<Option<Usage>, StoreError> {
        usage(&mut self.operation("usage.find"), user_id).await
    }

    async fn put(&mut self, usage: &Usage) -> Result<(), StoreError> {
        let mut connection = self.operation("usage.put");
        sqlx::query(
            "INSERT INTO usage (user_id, day, tryons, stored_bytes) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (user_id) DO UPDATE SET day = ?2, tryons = ?3, stored_bytes = ?4",
        )
        .bind(usage.user_id.to_string())
        .bind(usage.day.to_string())
        .bind(integer(usage.tryons))
        .bind(integer(usage.stored_bytes))
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn put_item(&mut self, user_id: UserId, item: &StoredItem, bytes: u64) -> Result<u64, StoreError> {
        let mut connection = self.operation("usage.put_item");
        let query = sqlx::query_scalar("SELECT bytes FROM stored_items WHERE user_id = ? AND item = ?");
        let query = query.bind(user_id.to_string()).bind(item.as_str());
        let before: Option<i64> = query.fetch_optional(&mut *connection).await.map_err(store_error)?;
        sqlx::query(
            "INSERT INTO stored_items (user_id, item, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (user_id, item) DO UPDATE SET bytes = ?3",
        )
        .bind(user_id.to_string())
        .bind(item.as_str())
        .bind(integer(bytes))
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        Ok(before.unwrap_or_default().unsigned_abs())
    }

    async fn take_item(&mut self, user_id: UserId, item: &StoredItem) -> Result<u64, StoreError> {
        let mut connection = self.operation("usage.take_item");
        let query = sqlx::query_scalar("DELETE FROM stored_items WHERE user_id = ? AND item = ? RETURNING bytes");
        let query = query.bind(user_id.to_string()).bind(item.as_str());
        let bytes: Option<i64> = query.fetch_optional(&mut *connection).await.map_err(store_error)?;
        Ok(bytes.unwrap_or_default().unsigned_abs())
    }
}
