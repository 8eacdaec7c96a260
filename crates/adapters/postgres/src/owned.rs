//! What PostgreSQL holds of one owner.

use std::sync::Arc;

use async_trait::async_trait;
use atelier_domain::dataservice::catalogue::{Catalogue, Table};
use atelier_domain::dataservice::{Database, OwnedData};
use atelier_domain::kernel::StoreError;
use sea_query::{Alias, Expr, PostgresQueryBuilder, Query};
use sea_query_sqlx::SqlxBinder;
use serde_json::{Map, Value};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::pool::PgStore;
use crate::rows::own;

/// The rows of the catalogue's tables, the leases, and the log of transactions.
pub struct PgOwnedData {
    store: PgStore,
    catalogue: Arc<Catalogue>,
}

/// A lease that is given out belongs to nobody from now on, shows nothing, and is ended by the next sweep; an account is not named by it
/// any more.
const FORGET: [&str; 6] = [
    "UPDATE dataservice.leases SET owner = '00000000-0000-0000-0000-000000000000', account_id = 'erased', secret = NULL,
            idempotency_key = NULL, expires_at = least(expires_at, now()) WHERE owner = $1",
    "DELETE FROM dataservice.tx_claims WHERE owner = $1",
    "DELETE FROM dataservice.tx_log WHERE owner = $1",
    "DELETE FROM projects WHERE user_id = $1",
    "DELETE FROM users WHERE id = $1",
    "DELETE FROM dataservice.data_versions WHERE owner = $1",
];

impl PgOwnedData {
    /// Of this database.
    pub fn new(store: PgStore, catalogue: Arc<Catalogue>) -> Self {
        Self { store, catalogue }
    }

    async fn rows(&self, table: &Table, owner: Uuid) -> Result<Value, sqlx::Error> {
        let mut select = Query::select();
        for column in table.columns.iter().filter(|column| column.readable_from.is_some()) {
            select.column((Alias::new(table.name), Alias::new(column.name)));
        }
        select.from(Alias::new(table.name)).cond_where(own(&self.catalogue, table, owner));
        let mut all = Query::select();
        all.expr(Expr::cust("coalesce(jsonb_agg(to_jsonb(owned)), '[]')")).from_subquery(select, Alias::new("owned"));
        let (sql, values) = all.build_sqlx(PostgresQueryBuilder);
        sqlx::query_scalar_with(AssertSqlSafe(sql), values).fetch_one(self.store.pool()).await
    }

    async fn forget(&self, owner: Uuid) -> Result<(), sqlx::Error> {
        let mut transaction = self.store.pool().begin().await?;
        for statement in FORGET {
            sqlx::query(statement).bind(owner).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }
}

fn store_error(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => StoreError::Unavailable(error.into()),
        other => StoreError::Other(other.into()),
    }
}

#[async_trait]
impl OwnedData for PgOwnedData {
    fn database(&self) -> Database {
        Database::PostgreSql
    }

    async fn export(&self, owner: Uuid) -> Result<Value, StoreError> {
        let mut tables = Map::new();
        for table in self.catalogue.tables(Database::PostgreSql).chain(self.catalogue.tables(Database::Vector)) {
            tables.insert(table.name.to_owned(), self.rows(table, owner).await.map_err(store_error)?);
        }
        Ok(Value::Object(tables))
    }

    async fn erase(&self, owner: Uuid) -> Result<(), StoreError> {
        self.forget(owner).await.map_err(store_error)
    }
}
