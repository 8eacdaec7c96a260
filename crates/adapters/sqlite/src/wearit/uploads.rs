//! Direct uploads.

use atelier_domain::kernel::{StoreError, Timestamp, UploadId, UserId};
use atelier_domain::wearit::uploads::{Upload, UploadRepository, UploadType};
use sqlx::sqlite::SqliteRow;

use crate::error::store_error;
use crate::row::{Columns, integer, millis};
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl UploadRepository for SqliteTransaction {
    async fn insert(&mut self, upload: &Upload) -> Result<(), StoreError> {
        let mut connection = self.operation("uploads.insert");
        sqlx::query("INSERT INTO uploads (_id, user_id, content_type, size, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(upload.id.to_string())
            .bind(upload.user_id.to_string())
            .bind(upload.content_type.as_str())
            .bind(integer(upload.size))
            .bind(millis(upload.created_at))
            .bind(millis(upload.expires_at))
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn find(&mut self, user_id: UserId, id: UploadId) -> Result<Option<Upload>, StoreError> {
        let mut connection = self.operation("uploads.find");
        let query = sqlx::query("SELECT * FROM uploads WHERE _id = ? AND +user_id = ?").bind(id.to_string()).bind(user_id.to_string());
        let row = query.fetch_optional(&mut *connection).await.map_err(store_error)?;
        row.as_ref().map(upload).transpose()
    }

    async fn delete(&mut self, user_id: UserId, id: UploadId) -> Result<bool, StoreError> {
        let mut connection = self.operation("uploads.delete");
        let query = sqlx::query("DELETE FROM uploads WHERE _id = ? AND +user_id = ?").bind(id.to_string()).bind(user_id.to_string());
        Ok(query.execute(&mut *connection).await.map_err(store_error)?.rows_affected() > 0)
    }

    async fn take_expired(&mut self, before: Timestamp, limit: u32) -> Result<Vec<Upload>, StoreError> {
        let mut connection = self.operation("uploads.take_expired");
        let rows = sqlx::query(
            "DELETE FROM uploads WHERE _id IN (SELECT _id FROM uploads WHERE expires_at < ? ORDER BY expires_at, _id LIMIT ?) RETURNING *",
        )
        .bind(millis(before))
        .bind(limit)
        .fetch_all(&mut *connection)
        .await
        .map_err(store_error)?;
        rows.iter().map(upload).collect()
    }
}

fn upload(row: &SqliteRow) -> Result<Upload, StoreError> {
    let columns = Columns::of("upload", row);
    Ok(Upload {
        id: columns.parse("_id")?,
        user_id: columns.parse("user_id")?,
        content_type: columns.check("content_type", UploadType::parse)?,
        size: columns.number("size")?,
        created_at: columns.time("created_at")?,
        expires_at: columns.time("expires_at")?,
    })
}
