//! Magic links, address confirmations and tickets: one table per purpose, all of one form.

use atelier_domain::identity::{OneTimePurpose, OneTimeToken, OneTimeTokenRepository};
use atelier_domain::kernel::{Email, StoreError, Timestamp, UserId};
use sqlx::AssertSqlSafe;

use crate::error::store_error;
use crate::row::{Columns, millis};
use crate::transaction::SqliteTransaction;

/// A statement on the purpose's table, whose name is one of three constants.
fn on(purpose: OneTimePurpose, before: &str, after: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("{before} {} {after}", purpose.collection()))
}

#[async_trait::async_trait]
impl OneTimeTokenRepository for SqliteTransaction {
    async fn insert(&mut self, token: &OneTimeToken) -> Result<(), StoreError> {
        let mut connection = self.operation("one_time_tokens.insert");
        sqlx::query(on(token.purpose, "INSERT INTO", "(_id, user_id, digest, email, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)"))
            .bind(token.id.to_string())
            .bind(token.user_id.to_string())
            .bind(&token.digest)
            .bind(token.email.as_ref().map(Email::as_str))
            .bind(millis(token.created_at))
            .bind(millis(token.expires_at))
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn take(&mut self, purpose: OneTimePurpose, digest: &str, now: Timestamp) -> Result<Option<OneTimeToken>, StoreError> {
        let mut connection = self.operation("one_time_tokens.take");
        let row = sqlx::query(on(purpose, "DELETE FROM", "WHERE digest = ? AND +expires_at > ? RETURNING *"))
            .bind(digest)
            .bind(millis(now))
            .fetch_optional(&mut *connection)
            .await
            .map_err(store_error)?;
        let Some(row) = row else { return Ok(None) };
        let columns = Columns::of("token", &row);
        Ok(Some(OneTimeToken {
            id: columns.parse("_id")?,
            purpose,
            user_id: columns.parse("user_id")?,
            digest: columns.get("digest")?,
            email: columns.check_optional("email", Email::parse)?,
            created_at: columns.time("created_at")?,
            expires_at: columns.time("expires_at")?,
        }))
    }

    async fn delete_all(&mut self, purpose: OneTimePurpose, user_id: UserId) -> Result<(), StoreError> {
        let mut connection = self.operation("one_time_tokens.delete_all");
        let query = sqlx::query(on(purpose, "DELETE FROM", "WHERE user_id = ?")).bind(user_id.to_string());
        query.execute(&mut *connection).await.map_err(store_error)?;
        Ok(())
    }

    async fn purge_expired(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let mut connection = self.operation("one_time_tokens.purge_expired");
        let mut purged = 0;
        for purpose in OneTimePurpose::ALL {
            let query = sqlx::query(on(purpose, "DELETE FROM", "WHERE expires_at < ?")).bind(millis(before));
            purged += query.execute(&mut *connection).await.map_err(store_error)?.rows_affected();
        }
        Ok(purged)
    }
}
