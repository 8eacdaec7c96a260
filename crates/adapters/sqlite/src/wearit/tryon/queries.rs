//! Reading try-ons.

use atelier_domain::kernel::{Page, Paged, StoreError, Timestamp, TryOnId, UserId};
use atelier_domain::wearit::tryon::{TryOn, TryOnFilter, TryOnQueries};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite};

use super::{SELECT, tryon};
use crate::error::store_error;
use crate::page::{Order, time_cursor};
use crate::row::{id_list, millis};
use crate::store::{Reader, SqliteStore};

#[async_trait::async_trait]
impl TryOnQueries for SqliteStore {
    async fn find(&self, user_id: UserId, id: TryOnId) -> Result<Option<TryOn>, StoreError> {
        super::repository::find(&mut *self.read("tryon.find").await?, user_id, id).await
    }

    async fn find_many(&self, user_id: UserId, ids: &[TryOnId]) -> Result<Vec<TryOn>, StoreError> {
        let query = selected("FROM tryon WHERE _id IN (SELECT value FROM json_each(?)) AND +user_id = ?");
        all(self.read("tryon.find_many").await?, sqlx::query(query).bind(id_list(ids)?).bind(user_id.to_string())).await
    }

    async fn list(&self, user_id: UserId, filter: &TryOnFilter, page: &Page) -> Result<Paged<TryOn>, StoreError> {
        let mut connection = self.read("tryon.list").await?;
        let mut count = filtered("SELECT COUNT(*)", user_id, filter);
        let total: i64 = count.build_query_scalar().fetch_one(&mut *connection).await.map_err(store_error)?;
        let mut query = filtered(SELECT, user_id, filter);
        // By garment the link table leads, and has the keys of the order itself.
        let order = match filter.clothing_id {
            Some(_) => Order { key: "link.created_at", id: "link.tryon_id", ..Order::NEWEST_FIRST },
            None => Order { key: "tryon.created_at", id: "tryon._id", ..Order::NEWEST_FIRST },
        };
        order.push(&mut query, page)?;
        let tryons = all(connection, query.build()).await?;
        Ok(Paged::from_fetched(tryons, page.limit, total.unsigned_abs(), |tryon| time_cursor(tryon.created_at, &tryon.id)))
    }

    async fn unfinished_before(&self, created_at: Timestamp, limit: u32) -> Result<Vec<TryOn>, StoreError> {
        let query = selected("FROM tryon WHERE status IN ('pending', 'processing') AND created_at < ? ORDER BY created_at, _id LIMIT ?");
        all(self.read("tryon.unfinished_before").await?, sqlx::query(query).bind(millis(created_at)).bind(limit)).await
    }

    async fn completed_before(&self, completed_at: Timestamp, limit: u32) -> Result<Vec<TryOn>, StoreError> {
        let query = selected("FROM tryon WHERE status = 'completed' AND completed_at < ? ORDER BY completed_at, _id LIMIT ?");
        all(self.read("tryon.completed_before").await?, sqlx::query(query).bind(millis(completed_at)).bind(limit)).await
    }
}

/// A query for try-ons; the text is made of constants only.
pub(super) fn selected(from: &'static str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("{SELECT} {from}"))
}

async fn all(mut connection: Reader, query: Query<'_, Sqlite, SqliteArguments>) -> Result<Vec<TryOn>, StoreError> {
    let rows = query.fetch_all(&mut *connection).await.map_err(store_error)?;
    rows.iter().map(tryon).collect()
}

fn filtered(select: &str, user_id: UserId, filter: &TryOnFilter) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(select);
    match filter.clothing_id {
        Some(clothing) => {
            query.push(" FROM tryon_clothing AS link CROSS JOIN tryon ON tryon._id = link.tryon_id WHERE link.user_id = ");
            query.push_bind(user_id.to_string()).push(" AND link.clothing_id = ").push_bind(clothing.to_string());
        }
        None => {
            query.push(" FROM tryon WHERE tryon.user_id = ").push_bind(user_id.to_string());
        }
    }
    if let Some(status) = filter.status {
        query.push(" AND tryon.status = ").push_bind(status.as_str());
    }
    if let Some(body) = filter.body_id {
        query.push(" AND tryon.body_id = ").push_bind(body.to_string());
    }
    query
}
