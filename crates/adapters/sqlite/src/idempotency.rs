//! Idempotency records.

use atelier_domain::kernel::{IdempotencyKey, IdempotencyRecord, IdempotencyRepository, StoreError, Timestamp, UserId};

use crate::error::store_error;
use crate::row::{Columns, millis};
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl IdempotencyRepository for SqliteTransaction {
    async fn find(&mut self, user_id: UserId, key: &IdempotencyKey, now: Timestamp) -> Result<Option<IdempotencyRecord>, StoreError> {
        let mut connection = self.operation("idempotency.find");
        let row = sqlx::query("SELECT * FROM idempotency WHERE user_id = ? AND key = ? AND expires_at > ?")
            .bind(user_id.to_string())
            .bind(key.as_str())
            .bind(millis(now))
            .fetch_optional(&mut *connection)
            .await
            .map_err(store_error)?;
        let Some(row) = row else { return Ok(None) };
        let columns = Columns::keyed("idempotency", "key", &row);
        Ok(Some(IdempotencyRecord {
            user_id: columns.parse("user_id")?,
            key: columns.check("key", IdempotencyKey::parse)?,
            fingerprint: columns.get("fingerprint")?,
            resource: columns.get("resource")?,
            expires_at: columns.time("expires_at")?,
        }))
    }

    async fn insert(&mut self, record: &IdempotencyRecord, now: Timestamp) -> Result<(), StoreError> {
        let mut connection = self.operation("idempotency.insert");
        let written = sqlx::query(
            "INSERT INTO idempotency (user_id, key, fingerprint, resource, expires_at) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT (user_id, key) DO UPDATE \
             SET fingerprint = excluded.fingerprint, resource = excluded.resource, expires_at = excluded.expires_at \
             WHERE idempotency.expires_at <= ?",
        )
        .bind(record.user_id.to_string())
        .bind(record.key.as_str())
        .bind(&record.fingerprint)
        .bind(&record.resource)
        .bind(millis(record.expires_at))
        .bind(millis(now))
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        if written.rows_affected() == 0 {
            return Err(StoreError::Conflict { constraint: IdempotencyKey::CONSTRAINT.to_owned() });
        }
        Ok(())
    }
}
