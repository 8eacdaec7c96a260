//! Embeddings as a participant: changed after the decision, each together with its fence.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use atelier_domain::dataservice::catalogue::{Catalogue, ColumnId, Table, Value};
use atelier_domain::dataservice::transactions::{ApplyError, Fence, Participant, StoreWrite, VectorWrite};
use atelier_domain::dataservice::{DataError, Database, Rejected, Tier};
use atelier_domain::kernel::Coded;
use sea_query::{Alias, Expr, ExprTrait, OnConflict, PostgresQueryBuilder, Query};
use sea_query_sqlx::{SqlxBinder, SqlxValues};
use serde_json::Value as Json;
use sqlx::{AssertSqlSafe, Executor, Row, SqlSafeStr, Transaction};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::error::data_error;
use crate::pool::PgStore;
use crate::rows::own;
use crate::session::{Access, GroupRoles, Scope, group_roles};
use crate::values::bound;

const STATEMENT_TIME: Duration = Duration::from_secs(10);

/// Tables of embeddings (pgvector) in the service's own PostgreSQL.
pub struct PgVectorParticipant {
    store: PgStore,
    catalogue: Arc<Catalogue>,
    roles: OnceCell<GroupRoles>,
    rewrite: bool,
}

/// Why a change is not applied.
enum Refusal {
    Never(&'static str),
    Failed(DataError),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(data_error(error))
    }
}

impl From<Refusal> for ApplyError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Never(code) => Self::Never { code: code.to_owned() },
            // What the data forbid they forbid tomorrow too.
            Refusal::Failed(error) if error.rejected().is_some() && error.code() != "SERIALIZATION_FAILURE" => {
                Self::Never { code: error.code().to_owned() }
            }
            Refusal::Failed(error) => Self::Later { code: error.code().to_owned(), source: Some(error.into()) },
        }
    }
}

fn name(table: &Table, id: ColumnId) -> Alias {
    Alias::new(table.at(id).name)
}

impl PgVectorParticipant {
    /// The tables of embeddings this catalogue has.
    pub fn new(store: PgStore, catalogue: Arc<Catalogue>) -> Self {
        Self { store, catalogue, roles: OnceCell::new(), rewrite: true }
    }

    /// Neither asks whose an embedding is nor says it in statements, for the proof that row-level security holds alone.
    #[must_use]
    pub fn by_row_level_security_alone(mut self) -> Self {
        self.rewrite = false;
        self
    }

    fn table(&self, write: &VectorWrite) -> Option<Arc<Table>> {
        self.catalogue.table(Database::Vector, &write.table)
    }

    fn upsert(&self, table: &Table, write: &VectorWrite, columns: &[(String, Json)]) -> Option<(String, SqlxValues)> {
        let owner = table.column("user_id")?;
        let mut values = vec![(table.key, Value::Uuid(write.id)), (owner, Value::Uuid(write.owner))];
        let mut conflict = OnConflict::column(name(table, table.key));
        for (called, json) in columns {
            let id = table.column(called)?;
            values.push((id, table.at(id).kind.parse(json).ok()?));
            conflict.update_column(name(table, id));
        }
        if write.confined && self.rewrite {
            conflict.action_cond_where(own(&self.catalogue, table, write.owner));
        }
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(table.name))
            .columns(values.iter().map(|(id, _)| name(table, *id)))
            .values(values.iter().map(|(id, given)| bound(given, table.at(*id).kind)))
            .ok()?
            .on_conflict(conflict);
        Some(insert.build_sqlx(PostgresQueryBuilder))
    }

    fn delete(&self, table: &Table, write: &VectorWrite) -> (String, SqlxValues) {
        let mut delete = Query::delete();
        let key = Expr::col((Alias::new(table.name), name(table, table.key)));
        delete.from_table(Alias::new(table.name)).and_where(key.eq(write.id));
        if write.confined && self.rewrite {
            delete.cond_where(own(&self.catalogue, table, write.owner));
        }
        delete.build_sqlx(PostgresQueryBuilder)
    }

    async fn change(&self, write: &VectorWrite, fence: &Fence) -> Result<(), Refusal> {
        let table = self.table(write).ok_or(Refusal::Never("TABLE_NOT_FOUND"))?;
        let (sql, bound) = match &write.columns {
            Some(columns) => self.upsert(&table, write, columns).ok_or(Refusal::Never("INVALID_VALUE"))?,
            None => self.delete(&table, write),
        };
        let roles = self.roles.get_or_try_init(|| group_roles(&self.store)).await.map_err(Refusal::Failed)?;
        let tier = if write.confined { Tier::User } else { Tier::Admin };
        let scope = Scope { tier, owner: write.confined.then_some(write.owner), statement_time: STATEMENT_TIME };
        let begin = AssertSqlSafe(roles.begin(Access::Write("READ COMMITTED"), scope)).into_sql_str();
        let connection = self.store.acquire().await.map_err(Refusal::Failed)?;
        let mut transaction = Transaction::begin(connection, Some(begin)).await?;
        let affected = sqlx::query_with(AssertSqlSafe(sql), bound).execute(&mut *transaction).await?.rows_affected();
        if affected == 0 && write.columns.is_some() {
            transaction.rollback().await?;
            return Err(Refusal::Never("OWNERSHIP_VIOLATION"));
        }
        transaction.execute("RESET ROLE").await?;
        let raise = "INSERT INTO dataservice.tx_fences (tx_id, operation) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        let operation = i32::try_from(fence.operation).unwrap_or(i32::MAX);
        let raised = sqlx::query(raise).bind(fence.transaction_id.as_str()).bind(operation).execute(&mut *transaction).await?;
        if raised.rows_affected() == 0 {
            // Done before: undone here.
            transaction.rollback().await?;
            return Ok(());
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn owners(&self, table: &Table, ids: &[Uuid]) -> Result<HashMap<Uuid, Option<Uuid>>, DataError> {
        let (sql, bound) = Query::select()
            .columns([Alias::new("id"), Alias::new("user_id")])
            .from(Alias::new(table.name))
            .and_where(Expr::col(Alias::new("id")).is_in(ids.iter().copied()))
            .build_sqlx(PostgresQueryBuilder);
        let rows = sqlx::query_with(AssertSqlSafe(sql), bound).fetch_all(self.store.pool()).await.map_err(data_error)?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, sqlx::Error>>().map_err(data_error)
    }
}

#[async_trait]
impl Participant for PgVectorParticipant {
    async fn reach(&self) -> Result<(), DataError> {
        // It is the database that decides: without it there is no decision to follow.
        Ok(())
    }

    async fn check(&self, writes: &[&StoreWrite]) -> Result<(), (usize, DataError)> {
        let mut by_table: HashMap<String, Vec<(usize, &VectorWrite)>> = HashMap::new();
        for (at, write) in writes.iter().enumerate() {
            // To remove what is somebody else's is to remove what is not there: nobody learns whether it is.
            if let StoreWrite::Vector(write) = write
                && write.confined
                && write.columns.is_some()
                && self.rewrite
            {
                by_table.entry(write.table.clone()).or_default().push((at, write));
            }
        }
        for changes in by_table.values() {
            let Some(table) = changes.first().and_then(|(_, write)| self.table(write)) else { continue };
            let ids: Vec<_> = changes.iter().map(|(_, write)| write.id).collect();
            let owners = self.owners(&table, &ids).await.map_err(|error| (0, error))?;
            for (at, write) in changes {
                if owners.get(&write.id).is_some_and(|owner| *owner != Some(write.owner)) {
                    let rejected = Rejected::new("OWNERSHIP_VIOLATION", "this embedding belongs to somebody else");
                    return Err((*at, DataError::Forbidden(rejected.with("table", table.name))));
                }
            }
        }
        Ok(())
    }

    async fn apply(&self, write: &StoreWrite, fence: &Fence) -> Result<Option<Json>, ApplyError> {
        let StoreWrite::Vector(write) = write else { return Err(ApplyError::Never { code: "NOT_FOR_VECTORS".to_owned() }) };
        self.change(write, fence).await?;
        Ok(write.columns.as_ref().map(|_| serde_json::json!({"id": write.id.to_string()})))
    }
}
