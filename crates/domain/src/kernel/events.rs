//! Live updates: numbered events per person, written in the unit of work that causes them.

use super::{StoreError, Timestamp, TryOnId, UserId};

/// What an event tells. Stored as JSON of our own: add variants and optional fields, never rename.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "type")]
pub enum EventKind {
    /// A try-on moved on.
    #[serde(rename = "tryon.updated")]
    TryOnUpdated {
        /// Which.
        tryon_id: TryOnId,
        /// Its status at that moment, as on the wire.
        status: String,
        /// 0–100 at that moment.
        progress: u8,
        /// The stage at that moment.
        stage: String,
    },
    /// A try-on was deleted.
    #[serde(rename = "tryon.deleted")]
    TryOnDeleted {
        /// Which.
        tryon_id: TryOnId,
    },
}

/// An event to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Whose.
    pub user_id: UserId,
    /// What.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
}

/// An event with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserEvent {
    /// 1, 2, 3, … for this person, without gaps.
    pub seq: u64,
    /// What.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
}

/// Writes events inside a unit of work.
#[async_trait::async_trait]
pub trait EventWriter: Send {
    /// Appends an event and returns its number. Only the newest 1 000 of a person are kept.
    async fn append(&mut self, event: &NewEvent) -> Result<u64, StoreError>;
}

/// Reads events and tells when there are new ones, whichever process wrote them.
#[async_trait::async_trait]
pub trait EventFeed: Send + Sync {
    /// Up to `limit` events of the person with a number above `after`, in order.
    async fn after(&self, user_id: UserId, after: u64, limit: u32) -> Result<Vec<UserEvent>, StoreError>;
    /// The numbers of the oldest and newest event kept: `(0, 0)` when there never was one.
    async fn bounds(&self, user_id: UserId) -> Result<(u64, u64), StoreError>;
    /// Returns when the person may have new events, or after `at_most`. Spurious returns are allowed, lost ones are not: a commit between
    /// a read and the call that follows it MUST be noticed at the latest after `at_most`.
    async fn changed(&self, user_id: UserId, at_most: std::time::Duration);
}

impl dyn EventFeed + '_ {
    /// How many events of a person are kept for replay.
    pub const KEPT: u64 = 1_000;
}
