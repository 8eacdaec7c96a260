//! Versions of rows, as the triggers of the tables raise them.

use async_trait::async_trait;
use atelier_domain::dataservice::DataError;
use atelier_domain::dataservice::queries::{RaisedVersion, VersionFeed};
use uuid::Uuid;

use crate::error::data_error;
use crate::pool::PgStore;

fn raised((table, owner, version): (String, Uuid, i64)) -> RaisedVersion {
    RaisedVersion { table, owner, version: version.unsigned_abs() }
}

#[async_trait]
impl VersionFeed for PgStore {
    async fn untold(&self, limit: u32) -> Result<Vec<RaisedVersion>, DataError> {
        let ask = "SELECT table_name, owner, version FROM dataservice.data_versions WHERE published < version LIMIT $1";
        let found = sqlx::query_as(ask).bind(i64::from(limit)).fetch_all(self.pool()).await.map_err(data_error)?;
        Ok(found.into_iter().map(raised).collect())
    }

    async fn untold_of(&self, owner: Uuid) -> Result<Vec<RaisedVersion>, DataError> {
        let ask = "SELECT table_name, owner, version FROM dataservice.data_versions WHERE owner = $1 AND published < version";
        let found = sqlx::query_as(ask).bind(owner).fetch_all(self.pool()).await.map_err(data_error)?;
        Ok(found.into_iter().map(raised).collect())
    }

    async fn told(&self, versions: &[RaisedVersion]) -> Result<(), DataError> {
        if versions.is_empty() {
            return Ok(());
        }
        let tables: Vec<_> = versions.iter().map(|raised| raised.table.as_str()).collect();
        let owners: Vec<_> = versions.iter().map(|raised| raised.owner).collect();
        let numbers: Vec<_> = versions.iter().map(|raised| i64::try_from(raised.version).unwrap_or(i64::MAX)).collect();
        // A row that is being written is told again by whoever comes next.
        let update = "WITH free AS (
                          SELECT kept.table_name, kept.owner, told.version
                          FROM dataservice.data_versions AS kept
                          JOIN unnest($1::text[], $2::uuid[], $3::bigint[]) AS told(table_name, owner, version) USING (table_name, owner)
                          WHERE kept.published < told.version FOR UPDATE OF kept SKIP LOCKED)
                      UPDATE dataservice.data_versions AS kept SET published = free.version
                      FROM free WHERE kept.table_name = free.table_name AND kept.owner = free.owner";
        sqlx::query(update).bind(tables).bind(owners).bind(numbers).execute(self.pool()).await.map_err(data_error)?;
        Ok(())
    }
}
