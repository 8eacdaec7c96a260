//! Published results.

use atelier_domain::challenge::results::{PublishedResults, ResultsQueries, ResultsRepository};
use atelier_domain::kernel::{HackathonId, StoreError};

use crate::error::store_error;
use crate::row::{Columns, millis};
use crate::store::SqliteStore;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl ResultsQueries for SqliteStore {
    async fn find(&self, hackathon_id: HackathonId) -> Result<Option<PublishedResults>, StoreError> {
        let mut connection = self.read("results.find").await?;
        let query = sqlx::query("SELECT * FROM results WHERE hackathonId = ?").bind(hackathon_id.to_string());
        let Some(row) = query.fetch_optional(&mut *connection).await.map_err(store_error)? else { return Ok(None) };
        let columns = Columns::keyed("results", "hackathonId", &row);
        Ok(Some(PublishedResults {
            hackathon_id: columns.parse("hackathonId")?,
            published_at: columns.time("publishedAt")?,
            content: columns.get("content")?,
        }))
    }
}

#[async_trait::async_trait]
impl ResultsRepository for SqliteTransaction {
    async fn insert(&mut self, results: &PublishedResults) -> Result<(), StoreError> {
        let mut connection = self.operation("results.insert");
        sqlx::query("INSERT INTO results (hackathonId, publishedAt, content) VALUES (?, ?, ?)")
            .bind(results.hackathon_id.to_string())
            .bind(millis(results.published_at))
            .bind(results.content.as_str())
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn delete(&mut self, hackathon_id: HackathonId) -> Result<(), StoreError> {
        let mut connection = self.operation("results.delete");
        let query = sqlx::query("DELETE FROM results WHERE hackathonId = ?").bind(hackathon_id.to_string());
        query.execute(&mut *connection).await.map_err(store_error)?;
        Ok(())
    }
}
