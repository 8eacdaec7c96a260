//! What people used of their quotas.

use atelier_domain::kernel::{StoreError, UserId};
use atelier_domain::wearit::quotas::{StoredItem, Usage, UsageQueries, UsageRepository};
use mongodb::bson::{Document, doc};

use crate::collections::{STORED_ITEMS, USAGE};
use crate::document::{Fields, integer, lock, oid};
use crate::statements::by;
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl UsageQueries for MongoStore {
    async fn usage(&self, user_id: UserId) -> Result<Option<Usage>, StoreError> {
        let document = self.one("usage.find", USAGE, by("user_id", oid(user_id))).await?;
        document.as_ref().map(usage).transpose().map(Option::flatten)
    }
}

/// Nothing was counted while there is only the lock.
fn usage(document: &Document) -> Result<Option<Usage>, StoreError> {
    let fields = Fields::of("usage", document);
    let Some(day) = fields.parse_optional("day")? else { return Ok(None) };
    let (tryons, stored_bytes) = (fields.number("tryons")?, fields.number("stored_bytes")?);
    Ok(Some(Usage { user_id: fields.id("user_id")?, day, tryons, stored_bytes }))
}

#[async_trait::async_trait]
impl UsageRepository for MongoTransaction {
    /// Whoever looks writes the document, and makes it when there is none: of two units of work that look one conflicts.
    async fn find(&mut self, user_id: UserId) -> Result<Option<Usage>, StoreError> {
        let locked = Self::put(self, "usage.lock", USAGE, by("user_id", oid(user_id)), lock()).await;
        self.settled_race(locked).await?;
        let document = self.seen("usage.find", USAGE, by("user_id", oid(user_id))).await?;
        document.as_ref().map(usage).transpose().map(Option::flatten)
    }

    async fn put(&mut self, usage: &Usage) -> Result<(), StoreError> {
        let fields = doc! {
            "day": usage.day.to_string(),
            "tryons": integer(usage.tryons),
            "stored_bytes": integer(usage.stored_bytes),
        };
        let put = Self::put(self, "usage.put", USAGE, by("user_id", oid(usage.user_id)), doc! { "$set": fields }).await;
        self.settled_race(put).await.map(drop)
    }

    async fn put_item(&mut self, user_id: UserId, item: &StoredItem, bytes: u64) -> Result<u64, StoreError> {
        let before = self.seen("usage.item", STORED_ITEMS, of(user_id, item)).await?;
        let update = doc! { "$set": { "bytes": integer(bytes) } };
        let put = Self::put(self, "usage.put_item", STORED_ITEMS, of(user_id, item), update).await;
        self.settled_race(put).await?;
        before.as_ref().map_or(Ok(0), size)
    }

    async fn take_item(&mut self, user_id: UserId, item: &StoredItem) -> Result<u64, StoreError> {
        let taken = self.take("usage.take_item", STORED_ITEMS, of(user_id, item)).await?;
        taken.as_ref().map_or(Ok(0), size)
    }
}

fn of(user_id: UserId, item: &StoredItem) -> Document {
    doc! { "user_id": oid(user_id), "item": item.as_str() }
}

fn size(document: &Document) -> Result<u64, StoreError> {
    Fields::of("stored item", document).number("bytes")
}
