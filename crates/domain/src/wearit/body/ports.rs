//! What the body feature needs from a store.

use bytes::Bytes;

use crate::kernel::{BodyId, Source, StoreError, UserId};

use super::Body;

/// Reads bodies outside a unit of work.
#[async_trait::async_trait]
pub trait BodyQueries: Send + Sync {
    /// The person's body.
    async fn find(&self, user_id: UserId) -> Result<Option<Body>, StoreError>;
}

/// Bodies inside a unit of work.
#[async_trait::async_trait]
pub trait BodyRepository: Send {
    /// The person's body.
    async fn find(&mut self, user_id: UserId) -> Result<Option<Body>, StoreError>;
    /// Stores a new body. MUST answer [`StoreError::Conflict`] on `body.user_id` when the person has one (two concurrent creates leave one).
    async fn insert(&mut self, body: &Body) -> Result<(), StoreError>;
    /// Replaces everything but id, owner and `created_at`. `false` when there is none.
    async fn update(&mut self, body: &Body) -> Result<bool, StoreError>;
    /// Removes the person's body and answers its id, or `None` when there was none.
    async fn delete(&mut self, user_id: UserId) -> Result<Option<BodyId>, StoreError>;
}

/// The photo could not be examined; this never keeps a photo from being stored.
#[derive(Debug, thiserror::Error)]
#[error("the photo could not be examined")]
pub struct ExaminationError(#[source] pub Source);

/// Looks at a body photo and says what may spoil a try-on with it.
#[async_trait::async_trait]
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait PhotoExaminer: Send + Sync {
    /// What was noticed in the rendition [`crate::kernel::ProcessedImage::source`], one lower-case word each, e.g. `person_not_found`;
    /// empty when nothing was. MUST NOT block the async threads.
    async fn examine(&self, source: Bytes) -> Result<Vec<String>, ExaminationError>;
}
