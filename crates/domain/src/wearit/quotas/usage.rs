//! What a person used.

use chrono::{Days, NaiveDate, NaiveTime};

use crate::kernel::{BodyId, ClothingId, Timestamp, TryOnId, UserId};

/// What a person used of the quotas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// Whose.
    pub user_id: UserId,
    /// The day, of UTC, whose try-ons are counted.
    pub day: NaiveDate,
    /// Try-ons of that day that are under way or gave a picture.
    pub tryons: u64,
    /// Bytes of all pictures.
    pub stored_bytes: u64,
}

impl Usage {
    /// Nothing.
    pub fn none(user_id: UserId, now: Timestamp) -> Self {
        Self { user_id, day: now.date_naive(), tryons: 0, stored_bytes: 0 }
    }

    /// Try-ons of today.
    pub fn tryons_at(&self, now: Timestamp) -> u64 {
        if self.day == now.date_naive() { self.tryons } else { 0 }
    }

    /// One more try-on.
    pub(super) fn count_tryon(&mut self, now: Timestamp) {
        self.tryons = self.tryons_at(now) + 1;
        self.day = now.date_naive();
    }

    /// When the try-ons of today count no more.
    pub fn resets_at(now: Timestamp) -> Timestamp {
        let tomorrow = now.date_naive().checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        tomorrow.and_time(NaiveTime::MIN).and_utc()
    }
}

/// Something whose files are counted, by what it is and its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredItem(String);

impl StoredItem {
    /// A garment's pictures.
    pub fn clothing(id: ClothingId) -> Self {
        Self(format!("clothing/{id}"))
    }

    /// A body's pictures.
    pub fn body(id: BodyId) -> Self {
        Self(format!("body/{id}"))
    }

    /// A result's pictures.
    pub fn tryon(id: TryOnId) -> Self {
        Self(format!("tryon/{id}"))
    }

    /// The text under which it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
