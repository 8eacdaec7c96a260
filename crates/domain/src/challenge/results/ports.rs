//! What results need from a store. Collection `results`, one document per hackathon.

use crate::kernel::{HackathonId, StoreError, Timestamp};

/// Results as they were when they were published; nothing changes them afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedResults {
    /// The hackathon, which is also the document's id.
    pub hackathon_id: HackathonId,
    /// When.
    pub published_at: Timestamp,
    /// The leaderboard as JSON text: our own stored format.
    pub content: String,
}

/// Reads published results.
#[async_trait::async_trait]
pub trait ResultsQueries: Send + Sync {
    /// Those of a hackathon.
    async fn find(&self, hackathon_id: HackathonId) -> Result<Option<PublishedResults>, StoreError>;
}

/// Published results inside a unit of work.
#[async_trait::async_trait]
pub trait ResultsRepository: Send {
    /// Stores them. MUST answer [`StoreError::Conflict`] on `results.hackathonId` when the hackathon's were published before.
    async fn insert(&mut self, results: &PublishedResults) -> Result<(), StoreError>;
    /// Removes a hackathon's, when the hackathon goes.
    async fn delete(&mut self, hackathon_id: HackathonId) -> Result<(), StoreError>;
}
