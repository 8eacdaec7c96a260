//! What operators and tests want to know of the tables.

use atelier_domain::kernel::StoreError;
use sqlx::{AssertSqlSafe, Row};

use crate::error::store_error;
use crate::store::SqliteStore;

/// How many rows a table has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSize {
    /// The table.
    pub table: String,
    /// Its rows.
    pub rows: u64,
}

impl SqliteStore {
    /// The rows of each table, in the tables' order by name. Counts the entries of an index each, so it is for metrics, not for requests.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    pub async fn table_sizes(&self) -> Result<Vec<TableSize>, StoreError> {
        let mut connection = self.read("inspection.table_sizes").await?;
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' ORDER BY name",
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(store_error)?;
        let mut sizes = Vec::with_capacity(tables.len());
        for table in tables {
            // The name comes from the schema, not from outside.
            let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM \"{table}\""));
            let rows: i64 = sqlx::query_scalar(count).fetch_one(&mut *connection).await.map_err(store_error)?;
            sizes.push(TableSize { table, rows: rows.unsigned_abs() });
        }
        Ok(sizes)
    }

    /// The size of the database in bytes, free pages included, the write-ahead log not.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    pub async fn size_bytes(&self) -> Result<u64, StoreError> {
        let mut connection = self.read("inspection.size_bytes").await?;
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut *connection).await.map_err(store_error)?;
        let bytes: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut *connection).await.map_err(store_error)?;
        Ok(pages.unsigned_abs() * bytes.unsigned_abs())
    }

    pub(crate) async fn index_count(&self) -> Result<u64, StoreError> {
        let mut connection = self.read("inspection.index_count").await?;
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_schema WHERE type = 'index'").fetch_one(&mut *connection).await;
        let indexes: i64 = count.map_err(store_error)?;
        Ok(indexes.unsigned_abs())
    }

    /// The tables that hold a person's id, those of the people themselves included: each must be claimed by one context's
    /// [`PersonalData`](atelier_domain::kernel::PersonalData) or be a kernel table. Left out are those that triggers keep of another one, whose
    /// rows go with its rows.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    pub async fn tables_with_personal_data(&self) -> Result<Vec<String>, StoreError> {
        let mut connection = self.read("inspection.tables_with_personal_data").await?;
        let rows = sqlx::query(
            "SELECT DISTINCT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name <> 'clothing_counts' AND (t.name IN ('users', 'participants') \
             OR c.name IN ('user_id', 'userId', 'actor', 'studentId', 'examinerId')) ORDER BY t.name",
        )
        .fetch_all(&mut *connection)
        .await
        .map_err(store_error)?;
        rows.iter().map(|row| row.try_get(0).map_err(store_error)).collect()
    }
}
