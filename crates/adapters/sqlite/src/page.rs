//! Pages by keyset: a cursor continues after the last item's key and id, so that a deep page costs what the first does.

use atelier_domain::kernel::{Cursor, EntityId, Page, StoreError, Timestamp};
use sqlx::{QueryBuilder, Sqlite};

/// The order of a list: a key, then the id, both in one direction. `key` and `id` are columns.
pub(crate) struct Order {
    pub(crate) key: &'static str,
    pub(crate) id: &'static str,
    pub(crate) descending: bool,
    pub(crate) by_time: bool,
}

impl Order {
    /// What most lists have.
    pub(crate) const NEWEST_FIRST: Self = Self { key: "created_at", id: "_id", descending: true, by_time: true };

    /// Ends a query whose conditions are begun: where to continue, the order, and one item more than asked for.
    pub(crate) fn push(&self, query: &mut QueryBuilder<Sqlite>, page: &Page) -> Result<(), StoreError> {
        let Self { key, id, .. } = self;
        if let Some(after) = &page.after {
            query.push(format_args!(" AND ({key}, {id}) {} (", if self.descending { "<" } else { ">" }));
            if self.by_time {
                query.push_bind(after.millis().map_err(|error| StoreError::Other(error.into()))?);
            } else {
                query.push_bind(after.key.clone());
            }
            query.push(", ").push_bind(hex(after)).push(")");
        }
        let direction = if self.descending { "DESC" } else { "ASC" };
        query.push(format_args!(" ORDER BY {key} {direction}, {id} {direction} LIMIT ")).push_bind(i64::from(page.limit) + 1);
        if page.skip > 0 {
            query.push(" OFFSET ").push_bind(crate::row::integer(page.skip));
        }
        Ok(())
    }
}

fn hex(cursor: &Cursor) -> String {
    // Any entity's id is written alike.
    atelier_domain::kernel::AuditId::from_bytes(cursor.id).to_string()
}

/// The cursor behind an item of a list ordered by time.
pub(crate) fn time_cursor<T: EntityId>(at: Timestamp, id: &T) -> Cursor {
    Cursor { key: at.timestamp_millis().to_string(), id: id.bytes() }
}
