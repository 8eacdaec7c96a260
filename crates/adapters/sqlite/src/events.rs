//! Live events, numbered per person.

use std::time::Duration;

use atelier_domain::kernel::{EventFeed, EventWriter, NewEvent, StoreError, UserEvent, UserId};
use sqlx::sqlite::SqliteRow;

use crate::error::store_error;
use crate::row::{Columns, integer, millis, to_json};
use crate::store::SqliteStore;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl EventWriter for SqliteTransaction {
    async fn append(&mut self, event: &NewEvent) -> Result<u64, StoreError> {
        let user = event.user_id.to_string();
        let mut connection = self.operation("events.append");
        // The newest event is always kept, so its number is known; the write lock makes reading and writing it one step.
        let newest: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(seq), 0) FROM events WHERE user_id = ?")
            .bind(&user)
            .fetch_one(&mut *connection)
            .await
            .map_err(store_error)?;
        let seq = newest + 1;
        sqlx::query("INSERT INTO events (user_id, seq, kind, at) VALUES (?, ?, ?, ?)")
            .bind(&user)
            .bind(seq)
            .bind(to_json(&event.kind)?)
            .bind(millis(event.at))
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        sqlx::query("DELETE FROM events WHERE user_id = ? AND seq <= ?")
            .bind(&user)
            .bind(seq - integer(<dyn EventFeed>::KEPT))
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        drop(connection);
        self.wakes().users.push(event.user_id);
        u64::try_from(seq).map_err(|error| StoreError::Other(error.into()))
    }
}

#[async_trait::async_trait]
impl EventFeed for SqliteStore {
    async fn after(&self, user_id: UserId, after: u64, limit: u32) -> Result<Vec<UserEvent>, StoreError> {
        let mut connection = self.read("events.after").await?;
        let rows = sqlx::query("SELECT * FROM events WHERE user_id = ? AND seq > ? ORDER BY seq LIMIT ?")
            .bind(user_id.to_string())
            .bind(integer(after))
            .bind(limit)
            .fetch_all(&mut *connection)
            .await
            .map_err(store_error)?;
        rows.iter().map(event).collect()
    }

    async fn bounds(&self, user_id: UserId) -> Result<(u64, u64), StoreError> {
        let mut connection = self.read("events.bounds").await?;
        // Each of the two is one step into the index; MIN and MAX in one query would read all.
        let row = sqlx::query(
            "SELECT COALESCE((SELECT MIN(seq) FROM events WHERE user_id = ?1), 0) AS oldest, \
             COALESCE((SELECT MAX(seq) FROM events WHERE user_id = ?1), 0) AS newest",
        )
        .bind(user_id.to_string())
        .fetch_one(&mut *connection)
        .await
        .map_err(store_error)?;
        let columns = Columns::keyed("event", "oldest", &row);
        Ok((columns.number("oldest")?, columns.number("newest")?))
    }

    async fn changed(&self, user_id: UserId, at_most: Duration) {
        self.waking().event_of(user_id, at_most).await;
    }
}

fn event(row: &SqliteRow) -> Result<UserEvent, StoreError> {
    let columns = Columns::keyed("event", "seq", row);
    Ok(UserEvent { seq: columns.number("seq")?, kind: columns.json("kind")?, at: columns.time("at")? })
}
