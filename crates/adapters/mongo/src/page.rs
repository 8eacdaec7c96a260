//! Pages by keyset: a cursor continues after the last item's key and id, so that a deep page costs what the first does.

use atelier_domain::kernel::{Cursor, EntityId, Page, StoreError, Timestamp};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::options::{FindOptions, Hint};

/// The order of a list: a key, then the id, both in one direction.
pub(crate) struct Order {
    pub(crate) key: &'static str,
    pub(crate) descending: bool,
    pub(crate) by_time: bool,
}

impl Order {
    /// What most lists have.
    pub(crate) const NEWEST_FIRST: Self = Self { key: "created_at", descending: true, by_time: true };

    /// By another time, the latest first.
    pub(crate) const fn latest(key: &'static str) -> Self {
        Self { key, ..Self::NEWEST_FIRST }
    }

    /// The filter of the items from where the page continues.
    ///
    /// The key's bound stands by itself, beside the tie-break: the index is entered there and not at the list's beginning.
    pub(crate) fn continued(&self, mut filter: Document, page: &Page) -> Result<Document, StoreError> {
        let Some(after) = &page.after else { return Ok(filter) };
        let key = if self.by_time {
            Bson::DateTime(DateTime::from_millis(after.millis().map_err(|error| StoreError::Other(error.into()))?))
        } else {
            Bson::String(after.key.clone())
        };
        let (from, beyond) = if self.descending { ("$lte", "$lt") } else { ("$gte", "$gt") };
        filter.insert(self.key, doc! { from: key.clone() });
        filter.insert("$or", vec![doc! { self.key: { beyond: key } }, doc! { "_id": { beyond: ObjectId::from_bytes(after.id) } }]);
        Ok(filter)
    }

    /// The sort, the part wanted, one item more than asked for, and the index that has this order: the server shall not weigh a shorter
    /// one, which would make it sort in memory.
    pub(crate) fn options(&self, page: &Page, index: Document) -> FindOptions {
        let direction = if self.descending { -1 } else { 1 };
        FindOptions::builder()
            .sort(doc! { self.key: direction, "_id": direction })
            .skip(page.skip)
            .limit(i64::from(page.limit) + 1)
            .hint(Hint::Keys(index))
            .build()
    }
}

/// How many items the list has in all, where what was fetched of this page tells: it is the last one, and where it began is known.
pub(crate) fn total_told(page: &Page, fetched: usize) -> Option<u64> {
    let last = fetched <= page.limit as usize && (fetched > 0 || page.skip == 0);
    (page.after.is_none() && last).then(|| page.skip + fetched as u64)
}

/// The cursor behind an item of a list ordered by time.
pub(crate) fn time_cursor<T: EntityId>(at: Timestamp, id: &T) -> Cursor {
    Cursor { key: at.timestamp_millis().to_string(), id: id.bytes() }
}
