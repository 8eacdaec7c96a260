//! Reading try-ons.

use atelier_domain::kernel::{Page, Paged, StoreError, Timestamp, TryOnId, UserId};
use atelier_domain::wearit::tryon::{TryOn, TryOnFilter, TryOnQueries, TryOnStatus};
use mongodb::bson::{Document, doc};
use mongodb::options::{FindOptions, Hint};

use super::document::tryon;
use crate::collections::TRYON;
use crate::document::{date, oid, oids};
use crate::indexes::{Keys, keys};
use crate::page::{Order, time_cursor};
use crate::store::MongoStore;

#[async_trait::async_trait]
impl TryOnQueries for MongoStore {
    async fn find(&self, user_id: UserId, id: TryOnId) -> Result<Option<TryOn>, StoreError> {
        let document = self.one("tryon.find", TRYON, owned(user_id, id)).await?;
        document.as_ref().map(tryon).transpose()
    }

    async fn find_many(&self, user_id: UserId, ids: &[TryOnId]) -> Result<Vec<TryOn>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let filter = doc! { "_id": { "$in": oids(ids) }, "user_id": oid(user_id) };
        let found = self.all("tryon.find_many", TRYON, filter, FindOptions::default()).await?;
        found.iter().map(tryon).collect()
    }

    async fn list(&self, user_id: UserId, filter: &TryOnFilter, page: &Page) -> Result<Paged<TryOn>, StoreError> {
        let (wanted, index) = filtered(user_id, filter);
        let total = self.count("tryon.count", TRYON, wanted.clone(), index.document()).await?;
        let order = Order::NEWEST_FIRST;
        let found = self.all("tryon.list", TRYON, order.continued(wanted, page)?, order.options(page, index.document())).await?;
        let tryons = found.iter().map(tryon).collect::<Result<_, _>>()?;
        Ok(Paged::from_fetched(tryons, page.limit, total, |tryon: &TryOn| time_cursor(tryon.created_at, &tryon.id)))
    }

    async fn unfinished_before(&self, created_at: Timestamp, limit: u32) -> Result<Vec<TryOn>, StoreError> {
        let filter = doc! { "status": { "$in": unfinished() }, "created_at": { "$lt": date(created_at) } };
        self.oldest("tryon.unfinished_before", filter, "created_at", keys::STATUS_OLDEST, limit).await
    }

    async fn completed_before(&self, completed_at: Timestamp, limit: u32) -> Result<Vec<TryOn>, StoreError> {
        let filter = doc! { "status": TryOnStatus::Completed.as_str(), "completed_at": { "$lt": date(completed_at) } };
        self.oldest("tryon.completed_before", filter, "completed_at", keys::STATUS_COMPLETED, limit).await
    }
}

impl MongoStore {
    async fn oldest(
        &self,
        operation: &'static str,
        filter: Document,
        key: &str,
        index: Keys,
        limit: u32,
    ) -> Result<Vec<TryOn>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let options =
            FindOptions::builder().sort(doc! { key: 1, "_id": 1 }).limit(i64::from(limit)).hint(Hint::Keys(index.document())).build();
        let found = self.all(operation, TRYON, filter, options).await?;
        found.iter().map(tryon).collect()
    }
}

pub(super) fn owned(user_id: UserId, id: TryOnId) -> Document {
    doc! { "_id": oid(id), "user_id": oid(user_id) }
}

pub(super) fn unfinished() -> [&'static str; 2] {
    [TryOnStatus::Pending.as_str(), TryOnStatus::Processing.as_str()]
}

/// The filter, and the index that has the list's order for the narrowest of its conditions.
fn filtered(user_id: UserId, filter: &TryOnFilter) -> (Document, Keys) {
    let mut wanted = doc! { "user_id": oid(user_id) };
    let mut index = keys::USER_NEWEST;
    if let Some(status) = filter.status {
        wanted.insert("status", status.as_str());
        index = keys::USER_STATUS_NEWEST;
    }
    if let Some(body) = filter.body_id {
        wanted.insert("body_id", oid(body));
        index = keys::USER_BODY_NEWEST;
    }
    if let Some(clothing) = filter.clothing_id {
        wanted.insert("clothing_ids", oid(clothing));
        index = keys::USER_GARMENT_NEWEST;
    }
    (wanted, index)
}
