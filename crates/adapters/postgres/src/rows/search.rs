//! The nearest embeddings, by [pgvector](https://github.com/pgvector/pgvector).

use atelier_domain::dataservice::DataError;
use atelier_domain::dataservice::catalogue::{Catalogue, Value};
use atelier_domain::dataservice::queries::{Neighbour, Neighbours, Search};
use sea_query::{Alias, Cond, Condition, Expr, Order, PostgresQueryBuilder, Query, SelectStatement, SimpleExpr};
use sea_query_sqlx::{SqlxBinder, SqlxValues};
use sqlx::{AssertSqlSafe, Connection, Executor, Postgres, Row, Transaction};

use super::index::index_name;
use super::predicate::{condition, own};
use crate::pool::PgStore;
use crate::session::{Access, GroupRoles, Scope};
use crate::values;

/// So many rows are compared one by one: exact, and quick. Beyond it the index is asked, where there is one.
pub(crate) const COMPARED_ONE_BY_ONE: u64 = 10_000;

/// An index that skips what the filter refuses goes on until there are enough rows (pgvector 0.8), the nearest first.
const ITERATIVE: &str = "SET LOCAL hnsw.iterative_scan = strict_order; SET LOCAL hnsw.ef_search = 100";

/// A search as statements.
pub(super) struct Statements<'a> {
    catalogue: &'a Catalogue,
    plan: &'a Search,
    rewrite: bool,
}

impl<'a> Statements<'a> {
    pub(super) fn of(catalogue: &'a Catalogue, plan: &'a Search, rewrite: bool) -> Self {
        Self { catalogue, plan, rewrite }
    }

    /// The filter's rows that have the dimensions of what is asked for.
    fn wanted(&self) -> Condition {
        let (table, plan) = (self.plan.table.as_ref(), self.plan);
        // The words of the index: only a query with its very condition can use it.
        let comparable = Expr::cust(format!("vector_dims({}) = {}", self.embedding(), plan.dimensions()));
        let mut wanted = Cond::all().add(comparable).add(condition(table, &plan.filter));
        if let (Some(owner), true) = (plan.confined_to, self.rewrite) {
            wanted = wanted.add(own(self.catalogue, table, owner));
        }
        wanted
    }

    /// The column's name as SQL: the catalogue's, never a client's.
    fn embedding(&self) -> String {
        format!("\"{}\".\"{}\"", self.plan.table.name, self.plan.table.at(self.plan.column).name)
    }

    fn distance(&self, embedding: &str) -> SimpleExpr {
        Expr::cust_with_values(format!("({embedding} <=> $1::vector)"), [values::vector_text(&self.plan.to)])
    }

    /// The version, how many rows there are to compare (counted no further than the limit), and whether there is an index.
    fn first(&self, limit: u64) -> (String, SqlxValues) {
        let table = self.plan.table.name;
        let some =
            Query::select().expr(Expr::val(1)).from(Alias::new(table)).cond_where(self.wanted()).limit(limit.saturating_add(1)).take();
        let mut all = Query::select();
        match self.plan.confined_to {
            Some(_) => all.expr(Expr::cust_with_values("dataservice.data_version($1)", [table])),
            None => all.expr(Expr::cust("NULL::bigint")),
        };
        all.expr(Expr::cust("count(*)"));
        let index = "EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND indisvalid)";
        all.expr(Expr::cust_with_values(index, [index_name(table, self.plan.dimensions())]));
        all.from_subquery(some, Alias::new("some"));
        all.build_sqlx(PostgresQueryBuilder)
    }

    fn rows(&self, distance: SimpleExpr) -> SelectStatement {
        let table = self.plan.table.as_ref();
        let mut rows = Query::select();
        rows.expr_as(distance, Alias::new("distance")).from(Alias::new(table.name)).cond_where(self.wanted());
        for id in self.plan.columns.iter().chain([&table.key]) {
            rows.column((Alias::new(table.name), Alias::new(table.at(*id).name)));
        }
        rows.order_by_expr(Expr::cust("1"), Order::Asc).limit(u64::from(self.plan.top_k));
        rows
    }

    fn exact(&self) -> (String, SqlxValues) {
        let table = self.plan.table.as_ref();
        let mut rows = self.rows(self.distance(&self.embedding()));
        rows.order_by((Alias::new(table.name), Alias::new(table.at(table.key).name)), Order::Asc);
        rows.build_sqlx(PostgresQueryBuilder)
    }

    fn by_index(&self) -> (String, SqlxValues) {
        let embedding = format!("({}::vector({}))", self.embedding(), self.plan.dimensions());
        self.rows(self.distance(&embedding)).build_sqlx(PostgresQueryBuilder)
    }

    /// Reads in one snapshot.
    pub(super) async fn read(
        &self,
        store: &PgStore,
        roles: &GroupRoles,
        one_by_one: u64,
    ) -> Result<Result<Neighbours, sqlx::Error>, DataError> {
        let plan = self.plan;
        let scope = Scope { tier: plan.tier, owner: plan.confined_to, statement_time: plan.statement_time };
        let mut connection = store.acquire().await?;
        let read = async {
            let mut transaction = connection.begin_with(AssertSqlSafe(roles.begin(Access::Read, scope))).await?;
            let (sql, bound) = self.first(one_by_one);
            let first = sqlx::query_with(AssertSqlSafe(sql), bound).fetch_one(&mut *transaction).await?;
            let (version, there, indexed): (Option<i64>, i64, bool) = (first.try_get(0)?, first.try_get(1)?, first.try_get(2)?);
            let (enough, mut rows) = (plan.top_k as usize, Vec::new());
            if indexed && there.unsigned_abs() > one_by_one {
                transaction.execute(ITERATIVE).await?;
                rows = self.fetch(&mut transaction, self.by_index()).await?;
            }
            // The index is given up after so many rows of others, which must cost nobody an answer.
            if rows.len() < enough && there > 0 {
                rows = self.fetch(&mut transaction, self.exact()).await?;
            }
            // Rolled back with what the pool asks of a connection that is given back, not in a round trip of its own.
            drop(transaction);
            Ok(Neighbours { rows: self.scored(rows), version: version.map(i64::unsigned_abs) })
        };
        Ok(read.await)
    }

    /// Rows with their distance and, at the end, their key.
    async fn fetch(
        &self,
        transaction: &mut Transaction<'_, Postgres>,
        (sql, bound): (String, SqlxValues),
    ) -> Result<Vec<(f64, Vec<Value>)>, sqlx::Error> {
        let table = self.plan.table.as_ref();
        let kinds: Vec<_> = self.plan.columns.iter().chain([&table.key]).map(|id| table.at(*id).kind).collect();
        let fetched = sqlx::query_with(AssertSqlSafe(sql), bound).fetch_all(&mut **transaction).await?;
        let read = |row: &sqlx::postgres::PgRow| -> Result<(f64, Vec<Value>), sqlx::Error> {
            let cells = kinds.iter().enumerate().map(|(at, kind)| values::read(row, at + 1, *kind)).collect::<Result<_, _>>()?;
            Ok((row.try_get(0)?, cells))
        };
        fetched.iter().map(read).collect()
    }

    /// What has a direction and is near enough.
    fn scored(&self, mut rows: Vec<(f64, Vec<Value>)>) -> Vec<Neighbour> {
        rows.retain(|(distance, _)| !distance.is_nan() && self.plan.min_score.is_none_or(|least| 1.0 - distance >= least));
        rows.sort_by(|(left, left_row), (right, right_row)| {
            let by_key = left_row.last().zip(right_row.last()).and_then(|(left, right)| left.compare(right));
            left.total_cmp(right).then(by_key.unwrap_or(std::cmp::Ordering::Equal))
        });
        let shown = self.plan.columns.len();
        rows.into_iter()
            .map(|(distance, mut cells)| {
                cells.truncate(shown);
                Neighbour { cells, score: 1.0 - distance }
            })
            .collect()
    }
}
