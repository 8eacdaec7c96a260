//! Password reset codes.

use atelier_domain::identity::{PasswordReset, PasswordResetRepository};
use atelier_domain::kernel::{StoreError, Timestamp, UserId};

use crate::error::store_error;
use crate::row::{Columns, millis};
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl PasswordResetRepository for SqliteTransaction {
    async fn replace(&mut self, reset: &PasswordReset) -> Result<(), StoreError> {
        let mut connection = self.operation("password_resets.replace");
        sqlx::query(
            "INSERT INTO password_reset (_id, user_id, code, tries, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?) \
             ON CONFLICT (user_id) DO UPDATE SET _id = excluded._id, code = excluded.code, tries = excluded.tries, \
             created_at = excluded.created_at, expires_at = excluded.expires_at",
        )
        .bind(reset.id.to_string())
        .bind(reset.user_id.to_string())
        .bind(&reset.code_digest)
        .bind(reset.tries)
        .bind(millis(reset.created_at))
        .bind(millis(reset.expires_at))
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn find(&mut self, user_id: UserId) -> Result<Option<PasswordReset>, StoreError> {
        let mut connection = self.operation("password_resets.find");
        let query = sqlx::query("SELECT * FROM password_reset WHERE user_id = ?").bind(user_id.to_string());
        let Some(row) = query.fetch_optional(&mut *connection).await.map_err(store_error)? else { return Ok(None) };
        let columns = Columns::of("password reset", &row);
        Ok(Some(PasswordReset {
            id: columns.parse("_id")?,
            user_id: columns.parse("user_id")?,
            code_digest: columns.get("code")?,
            tries: columns.number("tries")?,
            created_at: columns.time("created_at")?,
            expires_at: columns.time("expires_at")?,
        }))
    }

    async fn count_try(&mut self, user_id: UserId) -> Result<(), StoreError> {
        let mut connection = self.operation("password_resets.count_try");
        let query = sqlx::query("UPDATE password_reset SET tries = tries + 1 WHERE user_id = ?").bind(user_id.to_string());
        query.execute(&mut *connection).await.map_err(store_error)?;
        Ok(())
    }

    async fn delete(&mut self, user_id: UserId) -> Result<(), StoreError> {
        let mut connection = self.operation("password_resets.delete");
        let query = sqlx::query("DELETE FROM password_reset WHERE user_id = ?").bind(user_id.to_string());
        query.execute(&mut *connection).await.map_err(store_error)?;
        Ok(())
    }

    async fn purge_expired(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let mut connection = self.operation("password_resets.purge_expired");
        let query = sqlx::query("DELETE FROM password_reset WHERE expires_at < ?").bind(millis(before));
        Ok(query.execute(&mut *connection).await.map_err(store_error)?.rows_affected())
    }
}
