//! Garments.

use atelier_domain::kernel::{ClothingId, Cursor, EntityId, ObjectKey, Page, Paged, StoreError, UserId};
use atelier_domain::wearit::sizing::SizeChart;
use atelier_domain::wearit::wardrobe::{
    Brand, Category, CategoryStats, Clothing, ClothingFilter, ClothingName, ClothingQueries, ClothingRepository, ClothingSort,
};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::FindOptions;

use crate::collections::CLOTHING;
use crate::document::{Fields, date, oid, oids, replacing, stored};
use crate::indexes::{Keys, keys};
use crate::page::{Order, time_cursor};
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl ClothingQueries for MongoStore {
    async fn find(&self, user_id: UserId, id: ClothingId) -> Result<Option<Clothing>, StoreError> {
        let document = self.one("clothing.find", CLOTHING, owned(user_id, id)).await?;
        document.as_ref().map(clothing).transpose()
    }

    async fn find_many(&self, user_id: UserId, ids: &[ClothingId]) -> Result<Vec<Clothing>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let filter = doc! { "_id": { "$in": oids(ids) }, "user_id": oid(user_id) };
        let found = self.all("clothing.find_many", CLOTHING, filter, FindOptions::default()).await?;
        found.iter().map(clothing).collect()
    }

    async fn list(&self, user_id: UserId, filter: &ClothingFilter, page: &Page) -> Result<Paged<Clothing>, StoreError> {
        let (wanted, index) = (filtered(user_id, filter), index(filter));
        let total = self.count("clothing.count", CLOTHING, wanted.clone(), index.document()).await?;
        let order = order(filter.sort);
        let found = self.all("clothing.list", CLOTHING, order.continued(wanted, page)?, order.options(page, index.document())).await?;
        let items = found.iter().map(clothing).collect::<Result<_, _>>()?;
        Ok(Paged::from_fetched(items, page.limit, total, |item: &Clothing| match filter.sort {
            ClothingSort::Newest | ClothingSort::Oldest => time_cursor(item.created_at, &item.id),
            ClothingSort::Name => Cursor { key: item.name.as_str().to_owned(), id: item.id.bytes() },
        }))
    }

    /// As the source has it, match, group, sort (checklist W97), with as many items as are shown (CW10).
    async fn stats(&self, user_id: UserId) -> Result<Vec<CategoryStats>, StoreError> {
        let newest = doc! { "n": CategoryStats::MAX_ITEMS as i64, "sortBy": { "created_at": -1, "_id": -1 }, "output": "$$ROOT" };
        let pipeline = vec![
            doc! { "$match": { "user_id": oid(user_id) } },
            doc! { "$group": { "_id": "$category", "count": { "$sum": 1_i64 }, "items": { "$topN": newest } } },
            doc! { "$sort": { "count": -1, "_id": 1 } },
        ];
        let documents = self.aggregated("clothing.stats", CLOTHING, pipeline, keys::USER_CATEGORY_NEWEST.document()).await?;
        documents
            .iter()
            .map(|document| {
                let fields = Fields::of("clothing", document);
                let items = document.get_array("items").map_err(|_absent| fields.corrupt("category"))?;
                let items = items.iter().filter_map(Bson::as_document).map(clothing).collect::<Result<Vec<_>, _>>()?;
                let category = items.first().map(|item| item.category).ok_or_else(|| fields.corrupt("category"))?;
                Ok(CategoryStats { category, count: fields.number("count")?, items })
            })
            .collect()
    }
}

#[async_trait::async_trait]
impl ClothingRepository for MongoTransaction {
    async fn find(&mut self, user_id: UserId, id: ClothingId) -> Result<Option<Clothing>, StoreError> {
        let document = self.locked("clothing.find", CLOTHING, owned(user_id, id)).await?;
        document.as_ref().map(clothing).transpose()
    }

    async fn insert(&mut self, clothing: &Clothing) -> Result<(), StoreError> {
        let mut document = doc! {
            "_id": oid(clothing.id),
            "user_id": oid(clothing.user_id),
            "s3_key": ObjectKey::clothing(clothing.user_id, clothing.id).as_str(),
            "created_at": date(clothing.created_at),
        };
        document.extend(changeable(clothing));
        self.add("clothing.insert", CLOTHING, stored(document)).await
    }

    async fn update(&mut self, clothing: &Clothing) -> Result<bool, StoreError> {
        let update = replacing(changeable(clothing));
        self.change("clothing.update", CLOTHING, owned(clothing.user_id, clothing.id), update).await
    }

    async fn delete(&mut self, user_id: UserId, id: ClothingId) -> Result<bool, StoreError> {
        self.remove("clothing.delete", CLOTHING, owned(user_id, id)).await
    }
}

fn owned(user_id: UserId, id: ClothingId) -> Document {
    doc! { "_id": oid(id), "user_id": oid(user_id) }
}

fn filtered(user_id: UserId, filter: &ClothingFilter) -> Document {
    let mut wanted = doc! { "user_id": oid(user_id) };
    if let Some(category) = filter.category {
        wanted.insert("category", category.as_str());
    }
    if let Some(brand) = &filter.brand {
        wanted.insert("brand", brand);
    }
    if let Some(q) = &filter.q {
        // $toLower knows ASCII only, as the port asks for.
        let q = q.to_ascii_lowercase();
        let within = |field: &str| doc! { "$gte": [{ "$indexOfBytes": [{ "$toLower": field }, { "$literal": &q }] }, 0] };
        wanted.insert("$expr", doc! { "$or": [within("$name"), within("$brand")] });
    }
    wanted
}

fn order(sort: ClothingSort) -> Order {
    match sort {
        ClothingSort::Newest => Order::NEWEST_FIRST,
        ClothingSort::Oldest => Order { descending: false, ..Order::NEWEST_FIRST },
        ClothingSort::Name => Order { key: "name", descending: false, by_time: false },
    }
}

/// The index that has the order, narrowed by what it can.
fn index(filter: &ClothingFilter) -> Keys {
    match filter {
        ClothingFilter { sort: ClothingSort::Name, .. } => keys::USER_NAME,
        ClothingFilter { brand: Some(_), .. } => keys::USER_BRAND_NEWEST,
        ClothingFilter { category: Some(_), .. } => keys::USER_CATEGORY_NEWEST,
        _ => keys::USER_NEWEST,
    }
}

fn changeable(clothing: &Clothing) -> Document {
    doc! {
        "name": clothing.name.as_str(),
        "category": clothing.category.as_str(),
        "brand": clothing.brand.as_ref().map(Brand::as_str),
        "size_chart": clothing.size_chart.as_ref().map(|chart| chart.to_json().to_string()),
        "updated_at": date(clothing.updated_at),
    }
}

fn clothing(document: &Document) -> Result<Clothing, StoreError> {
    let fields = Fields::of("clothing", document);
    let created_at = fields.time("created_at")?;
    Ok(Clothing {
        id: fields.id("_id")?,
        user_id: fields.id("user_id")?,
        name: fields.check("name", ClothingName::parse)?,
        category: fields.parse::<Category>("category")?,
        brand: fields.check_optional("brand", Brand::parse)?,
        size_chart: fields.check_optional("size_chart", SizeChart::parse)?,
        created_at,
        updated_at: fields.time_optional("updated_at")?.unwrap_or(created_at),
    })
}
