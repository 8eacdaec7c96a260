//! Hearing of other processes' commits.
//!
//! A task reads `PRAGMA data_version`, a counter in shared memory, ten times a second on a connection of its own, and only while somebody
//! waits. Commits of this process wake by themselves.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::kernel::UserId;
use atelier_waking::{Wakes, Waking};
use sqlx::{Connection, Row, SqliteConnection};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often other processes' commits are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Looks for other processes' commits, on a connection that writes nothing.
pub(crate) struct Watcher {
    connection: SqliteConnection,
    version: i64,
    number: i64,
}

impl Watcher {
    pub(crate) async fn new(mut connection: SqliteConnection) -> Result<Self, sqlx::Error> {
        let version = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut connection).await?;
        let number = sqlx::query_scalar("SELECT COALESCE(MAX(number), 0) FROM events").fetch_one(&mut connection).await?;
        Ok(Self { connection, version, number })
    }

    /// Runs until it is told to stop; then its connection is closed.
    pub(crate) async fn run(mut self, waking: Arc<Waking>, stop: CancellationToken) {
        stop.run_until_cancelled(self.watch(&waking)).await;
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "the watching connection did not close");
        }
    }

    async fn watch(&mut self, waking: &Waking) {
        loop {
            waking.someone_waits().await;
            match self.look().await {
                Ok(None) => {}
                Ok(Some(users)) => waking.committed(Wakes { jobs: true, users }),
                Err(error) => tracing::debug!(%error, "other processes' commits could not be looked for"),
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Nothing when nothing was committed since the last look, else the people with new events.
    async fn look(&mut self) -> Result<Option<Vec<UserId>>, sqlx::Error> {
        let version = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut self.connection).await?;
        if version == self.version {
            return Ok(None);
        }
        let rows = sqlx::query("SELECT user_id, MAX(number) AS number FROM events WHERE number > ? GROUP BY user_id")
            .bind(self.number)
            .fetch_all(&mut self.connection)
            .await?;
        let mut users = Vec::with_capacity(rows.len());
        for row in rows {
            self.number = self.number.max(row.try_get("number")?);
            users.extend(row.try_get::<&str, _>("user_id")?.parse::<UserId>().ok());
        }
        self.version = version;
        Ok(Some(users))
    }
}
