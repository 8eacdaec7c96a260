//! Paging: skip and limit for the first screens, a cursor so that deep pages cost what the first does.

use std::fmt;
use std::str::FromStr;

/// The text is not a cursor this service gave out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor: use the value of pagination.next as it was given")]
pub struct InvalidCursor;

/// Where the previous page ended: the sort key of its last item and, as tie-break, its id.
/// Written as 24 hex digits of the id, `~`, and the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The sort key: milliseconds since 1970 for times, or the text itself.
    pub key: String,
    /// The id of the last item.
    pub id: [u8; 12],
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, "~{}", self.key)
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (id, key) = text.split_once('~').ok_or(InvalidCursor)?;
        let id: super::AuditId = id.parse().map_err(|_invalid| InvalidCursor)?;
        Ok(Self { key: key.to_owned(), id: super::EntityId::bytes(&id) })
    }
}

impl Cursor {
    /// The key as milliseconds since 1970.
    ///
    /// # Errors
    /// [`InvalidCursor`] when the key is no number: the cursor belongs to a list sorted by something else.
    pub fn millis(&self) -> Result<i64, InvalidCursor> {
        self.key.parse().map_err(|_not_a_number| InvalidCursor)
    }
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Items to leave out first; 0 with a cursor.
    pub skip: u64,
    /// Most items to return, 1–100.
    pub limit: u32,
    /// Continue after this item.
    pub after: Option<Cursor>,
}

impl Default for Page {
    fn default() -> Self {
        Self { skip: 0, limit: 10, after: None }
    }
}

impl Page {
    /// Checks, for a list sorted by time, that the cursor is one of such a list.
    ///
    /// # Errors
    /// [`super::Invalid`] on field `after`.
    pub fn check_sorted_by_time(&self) -> Result<(), super::Invalid> {
        match self.after.as_ref().map(Cursor::millis) {
            Some(Err(invalid)) => Err(super::Invalid::field("after", invalid.to_string())),
            _ => Ok(()),
        }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T> {
    /// The items, in the list's total order.
    pub items: Vec<T>,
    /// How many items the whole list has.
    pub total: u64,
    /// The cursor of the next page, when there is one.
    pub next: Option<Cursor>,
}

impl<T> Paged<T> {
    /// Makes a page from up to `limit + 1` fetched items: the one too many only tells that there is a next page.
    pub fn from_fetched(mut items: Vec<T>, limit: u32, total: u64, cursor: impl Fn(&T) -> Cursor) -> Self {
        let limit = limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, total, next }
    }
}
