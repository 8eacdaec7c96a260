//! Favourites.

use std::sync::Arc;

use atelier_domain::kernel::{Page, Paged, StoreError, TryOnId, UserId};
use atelier_domain::wearit::favorites::{Favorite, FavoriteQueries, FavoriteRepository, FavoriteTryOn};

use crate::page::{Order, Position, paged};
use crate::state::owned;
use crate::store::MemoryStore;
use crate::transaction::Transaction;

#[async_trait::async_trait]
impl FavoriteQueries for MemoryStore {
    async fn list(&self, user_id: UserId, page: &Page) -> Result<Paged<FavoriteTryOn>, StoreError> {
        let state = self.committed();
        let with_tryon = |favorite: &Favorite| {
            let tryon = state.tryons.get(&(user_id, favorite.tryon_id))?.clone();
            Some(FavoriteTryOn { favorite: favorite.clone(), tryon })
        };
        let rows: Vec<FavoriteTryOn> = owned(&state.favorites, user_id).filter_map(with_tryon).collect();
        paged(rows.iter(), page, Order::NewestFirst, |row| Position::by_time(row.favorite.created_at, row.favorite.id))
    }

    async fn marked(&self, user_id: UserId, tryons: &[TryOnId]) -> Result<Vec<TryOnId>, StoreError> {
        let state = self.committed();
        Ok(tryons.iter().copied().filter(|tryon| state.favorites.contains_key(&(user_id, *tryon))).collect())
    }
}

#[async_trait::async_trait]
impl FavoriteRepository for Transaction {
    async fn insert(&mut self, favorite: &Favorite) -> Result<(), StoreError> {
        let key = (favorite.user_id, favorite.tryon_id);
        if self.state.favorites.contains_key(&key) {
            return Err(StoreError::Conflict { constraint: "favorites.tryon_id".to_owned() });
        }
        Arc::make_mut(&mut self.state.favorites).insert(key, favorite.clone());
        Ok(())
    }

    async fn find(&mut self, user_id: UserId, tryon: TryOnId) -> Result<Option<Favorite>, StoreError> {
        Ok(self.state.favorites.get(&(user_id, tryon)).cloned())
    }

    async fn delete(&mut self, user_id: UserId, tryon: TryOnId) -> Result<bool, StoreError> {
        Ok(Arc::make_mut(&mut self.state.favorites).remove(&(user_id, tryon)).is_some())
    }
}
