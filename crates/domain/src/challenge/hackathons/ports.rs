//! What hackathons need from a store. Collection `hackathons`.

use crate::kernel::{HackathonId, Page, Paged, StoreError, Timestamp};

use super::{Hackathon, HackathonStatus};

/// Which hackathons are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HackathonFilter {
    /// Only of this status.
    pub status: Option<HackathonStatus>,
    /// Leave drafts out: what students may see.
    pub without_drafts: bool,
    /// Only those whose name or description has all these words (any case, with or without accents; whole words).
    pub words: Vec<String>,
}

/// Reads hackathons outside a unit of work.
#[async_trait::async_trait]
pub trait HackathonQueries: Send + Sync {
    /// One of them.
    async fn find(&self, id: HackathonId) -> Result<Option<Hackathon>, StoreError>;
    /// A page, by `dates.debut` descending, ties by id descending. The cursor's key is `dates.debut`.
    async fn list(&self, filter: &HackathonFilter, page: &Page) -> Result<Paged<Hackathon>, StoreError>;
    /// Every hackathon of this status, by `dates.debut` descending, at most 1000.
    async fn of_status(&self, status: HackathonStatus) -> Result<Vec<Hackathon>, StoreError>;
    /// Running ones whose `dates.fin` is before `now`, and finished ones whose `dates.archiveLe` is not after it.
    async fn due(&self, now: Timestamp) -> Result<Vec<Hackathon>, StoreError>;
}

/// Hackathons inside a unit of work.
#[async_trait::async_trait]
pub trait HackathonRepository: Send {
    /// One of them.
    async fn find(&mut self, id: HackathonId) -> Result<Option<Hackathon>, StoreError>;
    /// Reads one without keeping others from changing it: for the many prompts of a hackathon, which must not wait for each other.
    async fn peek(&mut self, id: HackathonId) -> Result<Option<Hackathon>, StoreError>;
    /// Stores a new one.
    async fn insert(&mut self, hackathon: &Hackathon) -> Result<(), StoreError>;
    /// Stores a changed one.
    async fn update(&mut self, hackathon: &Hackathon) -> Result<(), StoreError>;
    /// Removes one. `false` when there was none.
    async fn delete(&mut self, id: HackathonId) -> Result<bool, StoreError>;
}
