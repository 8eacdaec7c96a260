//! Versions of rows, as the triggers of the tables raise them.

use async_trait::async_trait;
use atelier_domain::dataservice::DataError;
use atelier_domain::dataservice::queries::{RaisedVersion, VersionFeed};
use uuid::Uuid;

use crate::error::data_error;
use crate::pool::PgStore;

#[async_trait]
impl VersionFeed for PgStore {
    async fn untold(&self, limit: u32) -> Result<Vec<RaisedVersion>, DataError> {
        let ask = "SELECT table_name, owner, version FROM dataservice.data_versions WHERE published < version LIMIT $1";
        let found: Vec<(String, Uuid, i64)> =
            sqlx::query_as(ask).bind(i64::from(limit)).fetch_all(self.pool()).await.map_err(data_error)?;
        Ok(found.into_iter().map(|(table, owner, version)| RaisedVersion { table, owner, version: version.unsigned_abs() }).collect())
    }

    async fn told(&self, versions: &[RaisedVersion]) -> Result<(), DataError> {
        if versions.is_empty() {
            return Ok(());
        }
        let tables: Vec<_> = versions.iter().map(|raised| raised.table.as_str()).collect();
        let owners: Vec<_> = versions.iter().map(|raised| raised.owner).collect();
        let numbers: Vec<_> = versions.iter().map(|raised| i64::try_from(raised.version).unwrap_or(i64::MAX)).collect();
        let update = "UPDATE dataservice.data_versions AS kept SET published = told.version
                      FROM unnest($1::text[], $2::uuid[], $3::bigint[]) AS told(table_name, owner, version)
                      WHERE kept.table_name = told.table_name AND kept.owner = told.owner AND kept.published < told.version";
        sqlx::query(update).bind(tables).bind(owners).bind(numbers).execute(self.pool()).await.map_err(data_error)?;
        Ok(())
    }
}
