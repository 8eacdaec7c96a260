//! Garments.

use atelier_domain::kernel::{ClothingId, Cursor, EntityId, ObjectKey, Page, Paged, StoreError, UserId};
use atelier_domain::wearit::sizing::SizeChart;
use atelier_domain::wearit::wardrobe::{
    Brand, Category, CategoryStats, Clothing, ClothingFilter, ClothingName, ClothingQueries, ClothingRepository, ClothingSort,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::error::store_error;
use crate::page::{Order, time_cursor};
use crate::row::{Columns, id_list, integer, millis};
use crate::store::SqliteStore;
use crate::transaction::SqliteTransaction;

#[async_trait::async_trait]
impl ClothingQueries for SqliteStore {
    async fn find(&self, user_id: UserId, id: ClothingId) -> Result<Option<Clothing>, StoreError> {
        find(&mut *self.read("clothing.find").await?, user_id, id).await
    }

    async fn find_many(&self, user_id: UserId, ids: &[ClothingId]) -> Result<Vec<Clothing>, StoreError> {
        let mut connection = self.read("clothing.find_many").await?;
        let rows = sqlx::query("SELECT * FROM clothing WHERE _id IN (SELECT value FROM json_each(?)) AND +user_id = ?")
            .bind(id_list(ids)?)
            .bind(user_id.to_string())
            .fetch_all(&mut *connection)
            .await
            .map_err(store_error)?;
        rows.iter().map(clothing).collect()
    }

    async fn list(&self, user_id: UserId, filter: &ClothingFilter, page: &Page) -> Result<Paged<Clothing>, StoreError> {
        let mut connection = self.read("clothing.list").await?;
        let total = total(&mut connection, user_id, filter).await?;
        let mut query = filtered("SELECT * FROM clothing", user_id, filter);
        order(filter.sort).push(&mut query, page)?;
        let rows = query.build().fetch_all(&mut *connection).await.map_err(store_error)?;
        let items = rows.iter().map(clothing).collect::<Result<_, _>>()?;
        Ok(Paged::from_fetched(items, page.limit, total, |item: &Clothing| match filter.sort {
            ClothingSort::Newest | ClothingSort::Oldest => time_cursor(item.created_at, &item.id),
            ClothingSort::Name => Cursor { key: item.name.as_str().to_owned(), id: item.id.bytes() },
        }))
    }

    async fn stats(&self, user_id: UserId) -> Result<Vec<CategoryStats>, StoreError> {
        let mut connection = self.read("clothing.stats").await?;
        let rows = sqlx::query(
            "SELECT clothing.*, counts.count FROM clothing_counts AS counts CROSS JOIN clothing ON clothing._id IN \
             (SELECT newest._id FROM clothing AS newest WHERE newest.user_id = ?1 AND newest.category = counts.category \
             ORDER BY newest.created_at DESC, newest._id DESC LIMIT ?2) WHERE counts.user_id = ?1 \
             ORDER BY counts.count DESC, counts.category, clothing.created_at DESC, clothing._id DESC",
        )
        .bind(user_id.to_string())
        .bind(integer(CategoryStats::MAX_ITEMS as u64))
        .fetch_all(&mut *connection)
        .await
        .map_err(store_error)?;
        let mut stats: Vec<CategoryStats> = Vec::new();
        for row in &rows {
            let item = clothing(row)?;
            match stats.last_mut().filter(|last| last.category == item.category) {
                Some(last) => last.items.push(item),
                None => {
                    let count = Columns::of("clothing", row).number("count")?;
                    stats.push(CategoryStats { category: item.category, count, items: vec![item] });
                }
            }
        }
        Ok(stats)
    }
}

#[async_trait::async_trait]
impl ClothingRepository for SqliteTransaction {
    async fn find(&mut self, user_id: UserId, id: ClothingId) -> Result<Option<Clothing>, StoreError> {
        find(&mut self.operation("clothing.find"), user_id, id).await
    }

    async fn insert(&mut self, clothing: &Clothing) -> Result<(), StoreError> {
        let mut connection = self.operation("clothing.insert");
        sqlx::query(
            "INSERT INTO clothing (_id, user_id, name, category, brand, size_chart, s3_key, created_at, updated_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(clothing.id.to_string())
        .bind(clothing.user_id.to_string())
        .bind(clothing.name.as_str())
        .bind(clothing.category.as_str())
        .bind(clothing.brand.as_ref().map(Brand::as_str))
        .bind(chart_text(clothing))
        .bind(ObjectKey::clothing(clothing.user_id, clothing.id).as_str())
        .bind(millis(clothing.created_at))
        .bind(millis(clothing.updated_at))
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn update(&mut self, clothing: &Clothing) -> Result<bool, StoreError> {
        let mut connection = self.operation("clothing.update");
        let written = sqlx::query(
            "UPDATE clothing SET name = ?, category = ?, brand = ?, size_chart = ?, updated_at = ? WHERE _id = ? AND +user_id = ?",
        )
        .bind(clothing.name.as_str())
        .bind(clothing.category.as_str())
        .bind(clothing.brand.as_ref().map(Brand::as_str))
        .bind(chart_text(clothing))
        .bind(millis(clothing.updated_at))
        .bind(clothing.id.to_string())
        .bind(clothing.user_id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        Ok(written.rows_affected() > 0)
    }

    async fn delete(&mut self, user_id: UserId, id: ClothingId) -> Result<bool, StoreError> {
        let mut connection = self.operation("clothing.delete");
        let query = sqlx::query("DELETE FROM clothing WHERE _id = ? AND +user_id = ?").bind(id.to_string()).bind(user_id.to_string());
        Ok(query.execute(&mut *connection).await.map_err(store_error)?.rows_affected() > 0)
    }
}

fn chart_text(clothing: &Clothing) -> Option<String> {
    clothing.size_chart.as_ref().map(|chart| chart.to_json().to_string())
}

/// How many garments the filter lets through: kept counts, except where names and brands have to be looked at.
async fn total(connection: &mut SqliteConnection, user_id: UserId, filter: &ClothingFilter) -> Result<u64, StoreError> {
    let select = match filter {
        ClothingFilter { brand: None, q: None, .. } => "SELECT COALESCE(SUM(count), 0) FROM clothing_counts",
        _ => "SELECT COUNT(*) FROM clothing",
    };
    let total: i64 = filtered(select, user_id, filter).build_query_scalar().fetch_one(connection).await.map_err(store_error)?;
    Ok(total.unsigned_abs())
}

fn filtered(select: &str, user_id: UserId, filter: &ClothingFilter) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(format!("{select} WHERE user_id = "));
    query.push_bind(user_id.to_string());
    if let Some(category) = filter.category {
        query.push(" AND category = ").push_bind(category.as_str());
    }
    if let Some(brand) = &filter.brand {
        query.push(" AND brand = ").push_bind(brand.clone());
    }
    if let Some(q) = &filter.q {
        // SQLite's lower() knows ASCII only, as the port asks for.
        let q = q.to_ascii_lowercase();
        query.push(" AND (instr(lower(name), ").push_bind(q.clone()).push(") > 0 OR instr(lower(brand), ").push_bind(q).push(") > 0)");
    }
    query
}

fn order(sort: ClothingSort) -> Order {
    match sort {
        ClothingSort::Newest => Order::NEWEST_FIRST,
        ClothingSort::Oldest => Order { descending: false, ..Order::NEWEST_FIRST },
        ClothingSort::Name => Order { key: "name", id: "_id", descending: false, by_time: false },
    }
}

async fn find(connection: &mut SqliteConnection, user_id: UserId, id: ClothingId) -> Result<Option<Clothing>, StoreError> {
    let query = sqlx::query("SELECT * FROM clothing WHERE _id = ? AND +user_id = ?").bind(id.to_string()).bind(user_id.to_string());
    let row = query.fetch_optional(connection).await.map_err(store_error)?;
    row.as_ref().map(clothing).transpose()
}

fn clothing(row: &SqliteRow) -> Result<Clothing, StoreError> {
    let columns = Columns::of("clothing", row);
    Ok(Clothing {
        id: columns.parse("_id")?,
        user_id: columns.parse("user_id")?,
        name: columns.check("name", ClothingName::parse)?,
        category: columns.parse::<Category>("category")?,
        brand: columns.check_optional("brand", Brand::parse)?,
        size_chart: columns.check_optional("size_chart", SizeChart::parse)?,
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
    })
}
