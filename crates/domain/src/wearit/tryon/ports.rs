//! What try-ons need from a store.

use crate::kernel::{BodyId, ClothingId, Page, Paged, StoreError, Timestamp, TryOnId, UserId};

use super::{TryOn, TryOnFilter};

/// Reads try-ons outside a unit of work; always of one owner.
#[async_trait::async_trait]
pub trait TryOnQueries: Send + Sync {
    /// The owner's try-on with this id.
    async fn find(&self, user_id: UserId, id: TryOnId) -> Result<Option<TryOn>, StoreError>;
    /// The owner's try-ons among these ids, in any order.
    async fn find_many(&self, user_id: UserId, ids: &[TryOnId]) -> Result<Vec<TryOn>, StoreError>;
    /// A page, newest first, ties by id descending.
    async fn list(&self, user_id: UserId, filter: &TryOnFilter, page: &Page) -> Result<Paged<TryOn>, StoreError>;
    /// Pending and processing try-ons of every owner asked for before `created_at`, oldest first, at most `limit`: for the reconciler.
    async fn unfinished_before(&self, created_at: Timestamp, limit: u32) -> Result<Vec<TryOn>, StoreError>;
    /// Completed try-ons of every owner that ended before `completed_at`, at most `limit`: for retention.
    async fn completed_before(&self, completed_at: Timestamp, limit: u32) -> Result<Vec<TryOn>, StoreError>;
}

/// Try-ons inside a unit of work; always of one owner.
#[async_trait::async_trait]
pub trait TryOnRepository: Send {
    /// The owner's try-on with this id.
    async fn find(&mut self, user_id: UserId, id: TryOnId) -> Result<Option<TryOn>, StoreError>;
    /// Stores a new try-on.
    async fn insert(&mut self, tryon: &TryOn) -> Result<(), StoreError>;
    /// Replaces everything but id, owner, consent and `created_at`. `false` when there is no such try-on.
    async fn update(&mut self, tryon: &TryOn) -> Result<bool, StoreError>;
    /// Removes a try-on and its favourite. `false` when there was none.
    async fn delete(&mut self, user_id: UserId, id: TryOnId) -> Result<bool, StoreError>;
    /// Unfinished try-ons of the owner with this garment.
    async fn unfinished_with_clothing(&mut self, user_id: UserId, clothing: ClothingId) -> Result<Vec<TryOn>, StoreError>;
    /// Unfinished try-ons of the owner on this body.
    async fn unfinished_on_body(&mut self, user_id: UserId, body: BodyId) -> Result<Vec<TryOn>, StoreError>;
    /// Takes the garment out of every finished try-on of the owner; the results stay (CW8).
    async fn forget_clothing(&mut self, user_id: UserId, clothing: ClothingId) -> Result<(), StoreError>;
    /// Takes the body out of every finished try-on of the owner; the results stay (CW8).
    async fn forget_body(&mut self, user_id: UserId, body: BodyId) -> Result<(), StoreError>;
}

/// What a person agreed to when a try-on was asked for: the proof that its photos could be processed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenConsent {
    /// The version of the text.
    pub version: String,
    /// When.
    pub at: Timestamp,
}

/// Whether photos of a person may be processed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsentState {
    /// The operator asks for consent, and the person did not give it to the present version.
    Missing,
    /// The operator asks for none, and none was given.
    NotAsked,
    /// The person agreed to this.
    Given(GivenConsent),
}

/// Whether a person agreed to the processing of photos, as far as the operator asks for it.
#[async_trait::async_trait]
pub trait ConsentCheck: Send + Sync {
    /// How it stands now.
    async fn of(&self, user_id: UserId) -> Result<ConsentState, StoreError>;
}
