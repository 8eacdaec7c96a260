//! The port [`RowStore`] over PostgreSQL.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use atelier_domain::dataservice::DataError;
use atelier_domain::dataservice::catalogue::Catalogue;
use atelier_domain::dataservice::queries::{Neighbours, RowStore, Rows, Search, Select};
use sqlx::{AssertSqlSafe, Connection, Row};
use tokio::sync::OnceCell;

use super::search::{COMPARED_ONE_BY_ONE, Statements};
use super::statement::{BEFORE, statement};
use crate::error::{data_error, is_transient};
use crate::pool::PgStore;
use crate::session::{Access, GroupRoles, Scope, group_roles};
use crate::values;

/// A read that met a lost connection or a starting server is tried so many times in all.
const TRIES: u32 = 3;

/// Tables read as the caller's group role.
pub struct PgRows {
    store: PgStore,
    catalogue: Arc<Catalogue>,
    roles: OnceCell<GroupRoles>,
    rewrite: bool,
    one_by_one: u64,
}

impl PgRows {
    /// Reads these tables.
    pub fn new(store: PgStore, catalogue: Arc<Catalogue>) -> Self {
        Self { store, catalogue, roles: OnceCell::new(), rewrite: true, one_by_one: COMPARED_ONE_BY_ONE }
    }

    /// Leaves the owner's predicate out of statements, for the proof that row-level security holds alone.
    #[must_use]
    pub fn by_row_level_security_alone(mut self) -> Self {
        self.rewrite = false;
        self
    }

    /// Compares at most so many embeddings one by one where there is an index; 10 000 unless told.
    #[must_use]
    pub fn comparing_one_by_one(mut self, most: u64) -> Self {
        self.one_by_one = most;
        self
    }

    async fn once(&self, plan: &Select) -> Result<Result<Rows, sqlx::Error>, DataError> {
        let roles = self.roles.get_or_try_init(|| group_roles(&self.store)).await?;
        let scope = Scope { tier: plan.tier, owner: plan.confined_to, statement_time: plan.statement_time };
        let (sql, bound) = statement(&self.catalogue, plan, self.rewrite);
        let mut connection = self.store.acquire().await?;
        let read = async {
            let mut transaction = connection.begin_with(AssertSqlSafe(roles.begin(Access::Read, scope))).await?;
            let fetched = sqlx::query_with(AssertSqlSafe(sql), bound).fetch_all(&mut *transaction).await?;
            // Rolled back with what the pool asks of a connection that is given back, not in a round trip of its own.
            drop(transaction);
            let Some(first) = fetched.first() else { return Err(sqlx::Error::RowNotFound) };
            let total: i64 = first.try_get(0)?;
            let version: Option<i64> = first.try_get(1)?;
            let there = |row: &&sqlx::postgres::PgRow| row.try_get::<Option<bool>, _>(2).ok().flatten() == Some(true);
            let kinds: Vec<_> = plan.columns.iter().map(|id| plan.table.at(*id).kind).collect();
            let rows = fetched
                .iter()
                .filter(there)
                .map(|row| kinds.iter().enumerate().map(|(at, kind)| values::read(row, at + BEFORE, *kind)).collect::<Result<Vec<_>, _>>());
            Ok(Rows {
                rows: rows.collect::<Result<_, _>>()?,
                total: total.unsigned_abs(),
                version: version.map(i64::unsigned_abs),
                continuation: None,
            })
        };
        Ok(read.await)
    }
}

#[async_trait]
impl RowStore for PgRows {
    async fn select(&self, plan: &Select) -> Result<Rows, DataError> {
        let started = Instant::now();
        let mut tries = 1;
        let rows = loop {
            match self.once(plan).await? {
                Err(error) if is_transient(&error) && tries < TRIES => tries += 1,
                result => break result.map_err(data_error),
            }
        };
        metrics::histogram!("query_seconds", "table" => plan.table.name, "role" => plan.tier.as_str())
            .record(started.elapsed().as_secs_f64());
        rows
    }

    async fn search(&self, plan: &Search) -> Result<Neighbours, DataError> {
        let started = Instant::now();
        let roles = self.roles.get_or_try_init(|| group_roles(&self.store)).await?;
        let mut tries = 1;
        let found = loop {
            match Statements::of(&self.catalogue, plan, self.rewrite).read(&self.store, roles, self.one_by_one).await? {
                Err(error) if is_transient(&error) && tries < TRIES => tries += 1,
                result => break result.map_err(data_error),
            }
        };
        metrics::histogram!("query_seconds", "table" => plan.table.name, "role" => plan.tier.as_str())
            .record(started.elapsed().as_secs_f64());
        found
    }
}
