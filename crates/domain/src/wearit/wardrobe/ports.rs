//! What the wardrobe needs from a store.

use crate::kernel::{ClothingId, Page, Paged, StoreError, UserId};

use super::{CategoryStats, Clothing, ClothingFilter};

/// Reads garments outside a unit of work; always of one owner.
#[async_trait::async_trait]
pub trait ClothingQueries: Send + Sync {
    /// The owner's garment with this id; another owner's is not found.
    async fn find(&self, user_id: UserId, id: ClothingId) -> Result<Option<Clothing>, StoreError>;
    /// The owner's garments among these ids, in any order.
    async fn find_many(&self, user_id: UserId, ids: &[ClothingId]) -> Result<Vec<Clothing>, StoreError>;
    /// A page in the filter's order.
    async fn list(&self, user_id: UserId, filter: &ClothingFilter, page: &Page) -> Result<Paged<Clothing>, StoreError>;
    /// Counts per category, highest first, ties by category name; computed in the store.
    async fn stats(&self, user_id: UserId) -> Result<Vec<CategoryStats>, StoreError>;
}

/// Garments inside a unit of work; always of one owner.
#[async_trait::async_trait]
pub trait ClothingRepository: Send {
    /// As [`ClothingQueries::find`].
    async fn find(&mut self, user_id: UserId, id: ClothingId) -> Result<Option<Clothing>, StoreError>;
    /// Stores a new garment.
    async fn insert(&mut self, clothing: &Clothing) -> Result<(), StoreError>;
    /// Replaces name, category, brand and `updated_at`; id, owner and `created_at` never change. `false` when there is no such garment.
    async fn update(&mut self, clothing: &Clothing) -> Result<bool, StoreError>;
    /// Removes a garment. `false` when there was none.
    async fn delete(&mut self, user_id: UserId, id: ClothingId) -> Result<bool, StoreError>;
}
