//! Sessions and refresh tokens.

use atelier_domain::identity::{RefreshToken, RefreshUse, Session, SessionQueries, SessionRepository};
use atelier_domain::kernel::{SessionId, StoreError, Timestamp, UserId};
use sqlx::sqlite::SqliteRow;

use crate::error::store_error;
use crate::row::{Columns, millis};
use crate::store::SqliteStore;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl SessionQueries for SqliteStore {
    async fn live(&self, user_id: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let mut connection = self.read("sessions.live").await?;
        let rows = sqlx::query(
            "SELECT * FROM sessions WHERE user_id = ? AND revoked_at IS NULL AND +expires_at > ? ORDER BY last_used_at DESC, _id DESC",
        )
        .bind(user_id.to_string())
        .bind(millis(now))
        .fetch_all(&mut *connection)
        .await
        .map_err(store_error)?;
        rows.iter().map(session).collect()
    }
}

#[async_trait::async_trait]
impl SessionRepository for SqliteTransaction {
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError> {
        let mut connection = self.operation("sessions.insert");
        sqlx::query(
            "INSERT INTO sessions (_id, user_id, user_agent, address, created_at, last_used_at, expires_at, revoked_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(session.id.to_string())
        .bind(session.user_id.to_string())
        .bind(&session.user_agent)
        .bind(&session.address)
        .bind(millis(session.created_at))
        .bind(millis(session.last_used_at))
        .bind(millis(session.expires_at))
        .bind(session.revoked_at.map(millis))
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn find(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let mut connection = self.operation("sessions.find");
        let query = sqlx::query("SELECT * FROM sessions WHERE _id = ?").bind(id.to_string());
        let row = query.fetch_optional(&mut *connection).await.map_err(store_error)?;
        row.as_ref().map(session).transpose()
    }

    async fn update(&mut self, session: &Session) -> Result<(), StoreError> {
        let mut connection = self.operation("sessions.update");
        sqlx::query(
            "UPDATE sessions SET user_id = ?2, user_agent = ?3, address = ?4, created_at = ?5, last_used_at = ?6, expires_at = ?7, \
             revoked_at = ?8 WHERE _id = ?1",
        )
        .bind(session.id.to_string())
        .bind(session.user_id.to_string())
        .bind(&session.user_agent)
        .bind(&session.address)
        .bind(millis(session.created_at))
        .bind(millis(session.last_used_at))
        .bind(millis(session.expires_at))
        .bind(session.revoked_at.map(millis))
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn revoke_all(&mut self, user_id: UserId, except: Option<SessionId>, now: Timestamp) -> Result<u64, StoreError> {
        let mut connection = self.operation("sessions.revoke_all");
        let revoked = sqlx::query(
            "UPDATE sessions SET revoked_at = ?2 WHERE user_id = ?1 AND revoked_at IS NULL AND +expires_at > ?2 AND _id IS NOT ?3",
        )
        .bind(user_id.to_string())
        .bind(millis(now))
        .bind(except.map(|session| session.to_string()))
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        Ok(revoked.rows_affected())
    }

    async fn add_token(&mut self, token: &RefreshToken) -> Result<(), StoreError> {
        let mut connection = self.operation("sessions.add_token");
        sqlx::query("INSERT INTO refresh_tokens (digest, session_id, user_id, expires_at) VALUES (?, ?, ?, ?)")
            .bind(&token.digest)
            .bind(token.session_id.to_string())
            .bind(token.user_id.to_string())
            .bind(millis(token.expires_at))
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn use_token(&mut self, digest: &str, now: Timestamp) -> Result<RefreshUse, StoreError> {
        let mut connection = self.operation("sessions.use_token");
        let query = sqlx::query("SELECT * FROM refresh_tokens WHERE digest = ?").bind(digest);
        let Some(row) = query.fetch_optional(&mut *connection).await.map_err(store_error)? else {
            return Ok(RefreshUse::Unknown);
        };
        let token = refresh_token(&row)?;
        if Columns::keyed("refresh token", "session_id", &row).time_optional("used_at")?.is_some() {
            return Ok(RefreshUse::Reused(token));
        }
        if token.expires_at <= now {
            return Ok(RefreshUse::Unknown);
        }
        // The unit of work holds the write lock: nobody else can have used it since.
        sqlx::query("UPDATE refresh_tokens SET used_at = ? WHERE digest = ?")
            .bind(millis(now))
            .bind(digest)
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        Ok(RefreshUse::Fresh(token))
    }

    async fn delete_all(&mut self, user_id: UserId) -> Result<(), StoreError> {
        let mut connection = self.operation("sessions.delete_all");
        for statement in ["DELETE FROM sessions WHERE user_id = ?", "DELETE FROM refresh_tokens WHERE user_id = ?"] {
            sqlx::query(statement).bind(user_id.to_string()).execute(&mut *connection).await.map_err(store_error)?;
        }
        Ok(())
    }

    async fn purge_ended(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let mut connection = self.operation("sessions.purge_ended");
        let mut purged = 0;
        for statement in [
            "DELETE FROM sessions WHERE expires_at < ?",
            "DELETE FROM sessions WHERE revoked_at < ?",
            "DELETE FROM refresh_tokens WHERE expires_at < ?",
        ] {
            let deleted = sqlx::query(statement).bind(millis(before)).execute(&mut *connection).await.map_err(store_error)?;
            purged += deleted.rows_affected();
        }
        Ok(purged)
    }
}

fn session(row: &SqliteRow) -> Result<Session, StoreError> {
    let columns = Columns::of("session", row);
    Ok(Session {
        id: columns.parse("_id")?,
        user_id: columns.parse("user_id")?,
        user_agent: columns.get("user_agent")?,
        address: columns.get("address")?,
        created_at: columns.time("created_at")?,
        last_used_at: columns.time("last_used_at")?,
        expires_at: columns.time("expires_at")?,
        revoked_at: columns.time_optional("revoked_at")?,
    })
}

fn refresh_token(row: &SqliteRow) -> Result<RefreshToken, StoreError> {
    // The session stands for the token in an error: digests do not belong in logs.
    let columns = Columns::keyed("refresh token", "session_id", row);
    Ok(RefreshToken {
        digest: columns.get("digest")?,
        session_id: columns.parse("session_id")?,
        user_id: columns.parse("user_id")?,
        expires_at: columns.time("expires_at")?,
    })
}
