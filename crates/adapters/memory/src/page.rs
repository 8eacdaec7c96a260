//! Paging over rows in memory.

use atelier_domain::kernel::{Cursor, EntityId, InvalidCursor, Page, Paged, StoreError, Timestamp};

/// A sort key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Millis(i64),
    Text(String),
}

/// Where a row stands in a list: its sort key and, as tie-break, its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    key: Key,
    id: [u8; 12],
}

impl Position {
    pub(crate) fn by_time<I: EntityId>(at: Timestamp, id: I) -> Self {
        Self { key: Key::Millis(at.timestamp_millis()), id: id.bytes() }
    }

    pub(crate) fn by_text<I: EntityId>(text: &str, id: I) -> Self {
        Self { key: Key::Text(text.to_owned()), id: id.bytes() }
    }

    fn cursor(self) -> Cursor {
        let key = match self.key {
            Key::Millis(millis) => millis.to_string(),
            Key::Text(text) => text,
        };
        Cursor { key, id: self.id }
    }
}

/// In which order a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    NewestFirst,
    OldestFirst,
    ByText,
}

impl Order {
    fn position_of(self, cursor: &Cursor) -> Result<Position, InvalidCursor> {
        let key = match self {
            Self::NewestFirst | Self::OldestFirst => Key::Millis(cursor.millis()?),
            Self::ByText => Key::Text(cursor.key.clone()),
        };
        Ok(Position { key, id: cursor.id })
    }

    fn is_descending(self) -> bool {
        self == Self::NewestFirst
    }
}

/// The wanted page of `rows`, put into `order`.
pub(crate) fn paged<'a, T: Clone + 'a>(
    rows: impl Iterator<Item = &'a T>,
    page: &Page,
    order: Order,
    position: impl Fn(&T) -> Position,
) -> Result<Paged<T>, StoreError> {
    let after = page.after.as_ref().map(|cursor| order.position_of(cursor)).transpose().map_err(|error| StoreError::Other(error.into()))?;
    let mut rows: Vec<&T> = rows.collect();
    rows.sort_by_cached_key(|row| position(row));
    if order.is_descending() {
        rows.reverse();
    }
    let total = rows.len() as u64;
    let beyond = |row: &&T| match &after {
        None => true,
        Some(last) if order.is_descending() => position(row) < *last,
        Some(last) => position(row) > *last,
    };
    let skip = usize::try_from(page.skip).unwrap_or(usize::MAX);
    let fetched = rows.into_iter().filter(beyond).skip(skip).take(page.limit as usize + 1).cloned().collect();
    Ok(Paged::from_fetched(fetched, page.limit, total, |row| position(row).cursor()))
}
