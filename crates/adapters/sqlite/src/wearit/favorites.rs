//! Favourites.

use atelier_domain::kernel::{Page, Paged, StoreError, TryOnId, UserId};
use atelier_domain::wearit::favorites::{Favorite, FavoriteQueries, FavoriteRepository, FavoriteTryOn};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use super::tryon::{SELECT, tryon};
use crate::error::store_error;
use crate::page::{Order, time_cursor};
use crate::row::{Columns, id_list, millis};
use crate::store::SqliteStore;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl FavoriteQueries for SqliteStore {
    async fn list(&self, user_id: UserId, page: &Page) -> Result<Paged<FavoriteTryOn>, StoreError> {
        let mut connection = self.read("favorites.list").await?;
        let total: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM favorites WHERE user_id = ?")
            .bind(user_id.to_string())
            .fetch_one(&mut *connection)
            .await
            .map_err(store_error)?;
        let mut query = QueryBuilder::<Sqlite>::new(format!(
            "{SELECT}, favorites._id AS favorite_id, favorites.created_at AS favorite_created_at \
             FROM favorites CROSS JOIN tryon ON tryon._id = favorites.tryon_id WHERE favorites.user_id = "
        ));
        query.push_bind(user_id.to_string());
        Order { key: "favorites.created_at", id: "favorites._id", ..Order::NEWEST_FIRST }.push(&mut query, page)?;
        let rows = query.build().fetch_all(&mut *connection).await.map_err(store_error)?;
        let items = rows.iter().map(with_tryon).collect::<Result<_, _>>()?;
        Ok(Paged::from_fetched(items, page.limit, total.unsigned_abs(), |item: &FavoriteTryOn| {
            time_cursor(item.favorite.created_at, &item.favorite.id)
        }))
    }

    async fn marked(&self, user_id: UserId, tryons: &[TryOnId]) -> Result<Vec<TryOnId>, StoreError> {
        let mut connection = self.read("favorites.marked").await?;
        let rows = sqlx::query("SELECT _id, tryon_id FROM favorites WHERE user_id = ? AND tryon_id IN (SELECT value FROM json_each(?))")
            .bind(user_id.to_string())
            .bind(id_list(tryons)?)
            .fetch_all(&mut *connection)
            .await
            .map_err(store_error)?;
        rows.iter().map(|row| Columns::of("favorite", row).parse("tryon_id")).collect()
    }
}

#[async_trait::async_trait]
impl FavoriteRepository for SqliteTransaction {
    async fn insert(&mut self, favorite: &Favorite) -> Result<(), StoreError> {
        let mut connection = self.operation("favorites.insert");
        sqlx::query("INSERT INTO favorites (_id, user_id, tryon_id, created_at) VALUES (?, ?, ?, ?)")
            .bind(favorite.id.to_string())
            .bind(favorite.user_id.to_string())
            .bind(favorite.tryon_id.to_string())
            .bind(millis(favorite.created_at))
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn find(&mut self, user_id: UserId, tryon: TryOnId) -> Result<Option<Favorite>, StoreError> {
        let mut connection = self.operation("favorites.find");
        let row = sqlx::query("SELECT * FROM favorites WHERE user_id = ? AND tryon_id = ?")
            .bind(user_id.to_string())
            .bind(tryon.to_string())
            .fetch_optional(&mut *connection)
            .await
            .map_err(store_error)?;
        let Some(row) = row else { return Ok(None) };
        let columns = Columns::of("favorite", &row);
        Ok(Some(Favorite {
            id: columns.parse("_id")?,
            user_id: columns.parse("user_id")?,
            tryon_id: columns.parse("tryon_id")?,
            created_at: columns.time("created_at")?,
        }))
    }

    async fn delete(&mut self, user_id: UserId, tryon: TryOnId) -> Result<bool, StoreError> {
        let mut connection = self.operation("favorites.delete");
        let query =
            sqlx::query("DELETE FROM favorites WHERE user_id = ? AND tryon_id = ?").bind(user_id.to_string()).bind(tryon.to_string());
        Ok(query.execute(&mut *connection).await.map_err(store_error)?.rows_affected() > 0)
    }
}

fn with_tryon(row: &SqliteRow) -> Result<FavoriteTryOn, StoreError> {
    let tryon = tryon(row)?;
    let columns = Columns::keyed("favorite", "favorite_id", row);
    let favorite = Favorite {
        id: columns.parse("favorite_id")?,
        user_id: tryon.user_id,
        tryon_id: tryon.id,
        created_at: columns.time("favorite_created_at")?,
    };
    Ok(FavoriteTryOn { favorite, tryon })
}
