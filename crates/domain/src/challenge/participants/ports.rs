//! What participants need from a store. Collection `participants`, `_id` the account's id.

use crate::identity::Role;
use crate::kernel::{Page, Paged, StoreError, UserId};

use super::{Participant, PersonName};

/// Reads participants outside a unit of work.
#[async_trait::async_trait]
pub trait ParticipantQueries: Send + Sync {
    /// One of them.
    async fn find(&self, account_id: UserId) -> Result<Option<Participant>, StoreError>;
    /// The names of these, in any order; unknown ids are left out.
    async fn names(&self, account_ids: &[UserId]) -> Result<Vec<PersonName>, StoreError>;
    /// A page, newest first, ties by id descending; `role` narrows it.
    async fn list(&self, role: Option<Role>, page: &Page) -> Result<Paged<Participant>, StoreError>;
    /// How many of each role, the most frequent first; roles nobody has are left out.
    async fn count_by_role(&self) -> Result<Vec<(Role, u64)>, StoreError>;
}

/// Participants inside a unit of work.
#[async_trait::async_trait]
pub trait ParticipantRepository: Send {
    /// One of them.
    async fn find(&mut self, account_id: UserId) -> Result<Option<Participant>, StoreError>;
    /// Stores a new one, or a changed one.
    async fn put(&mut self, participant: &Participant) -> Result<(), StoreError>;
}
