//! What favourites need from a store.

use crate::kernel::{Page, Paged, StoreError, TryOnId, UserId};

use super::{Favorite, FavoriteTryOn};

/// Reads favourites outside a unit of work.
#[async_trait::async_trait]
pub trait FavoriteQueries: Send + Sync {
    /// A page with the try-ons, newest favourite first, ties by id descending.
    async fn list(&self, user_id: UserId, page: &Page) -> Result<Paged<FavoriteTryOn>, StoreError>;
    /// Which of these try-ons the person marked.
    async fn marked(&self, user_id: UserId, tryons: &[TryOnId]) -> Result<Vec<TryOnId>, StoreError>;
}

/// Favourites inside a unit of work.
#[async_trait::async_trait]
pub trait FavoriteRepository: Send {
    /// Stores a favourite. MUST answer [`StoreError::Conflict`] on `favorites.tryon_id` when the person marked this try-on before.
    async fn insert(&mut self, favorite: &Favorite) -> Result<(), StoreError>;
    /// The person's favourite of this try-on.
    async fn find(&mut self, user_id: UserId, tryon: TryOnId) -> Result<Option<Favorite>, StoreError>;
    /// Removes the mark. `false` when there was none.
    async fn delete(&mut self, user_id: UserId, tryon: TryOnId) -> Result<bool, StoreError>;
}
