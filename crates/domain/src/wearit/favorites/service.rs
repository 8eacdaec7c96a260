//! Use cases of favourites.

use std::sync::Arc;

use crate::identity::Actor;
use crate::kernel::{Clock, IdGenerator, Idempotency, IdempotentRequest, Page, Paged, TryOnId, retry_on_contention};
use crate::wearit::WearitStore;

use super::{Favorite, FavoriteError, FavoriteTryOn};

/// The unique key on person and try-on, as stores report a clash.
const ONCE_PER_TRYON: &str = "favorites.tryon_id";

/// Favourites' use cases; always of the caller's own try-ons.
#[derive(Clone)]
pub struct FavoriteService {
    store: Arc<dyn WearitStore>,
    ids: Arc<dyn IdGenerator>,
    clock: Arc<dyn Clock>,
}

impl FavoriteService {
    /// The service over its ports.
    pub fn new(store: Arc<dyn WearitStore>, ids: Arc<dyn IdGenerator>, clock: Arc<dyn Clock>) -> Self {
        Self { store, ids, clock }
    }

    /// Marks a try-on. A repeat with the same idempotency key answers the first mark.
    ///
    /// # Errors
    /// [`FavoriteError::NotFound`] unless the try-on is the caller's (W63); [`FavoriteError::AlreadyFavorite`] the second time (W66);
    /// [`FavoriteError::IdempotencyMismatch`].
    #[tracing::instrument(name = "wearit.favorites.add", skip_all, fields(user_id = %actor.user_id, tryon_id = %tryon_id))]
    pub async fn add(&self, actor: Actor, tryon_id: TryOnId, request: Option<&IdempotentRequest>) -> Result<FavoriteTryOn, FavoriteError> {
        let now = self.clock.now();
        let favorite = Favorite { id: self.ids.generate(), user_id: actor.user_id, tryon_id, created_at: now };
        let idempotency = Idempotency { operation: "wearit.favorites.add", user_id: actor.user_id, request, now };
        let stored = retry_on_contention(|| self.insert(&favorite, idempotency), FavoriteError::store).await;
        stored.map_err(|error| match error {
            FavoriteError::Store(clash) if clash.is_conflict_on(ONCE_PER_TRYON) => FavoriteError::AlreadyFavorite,
            error => error,
        })
    }

    async fn insert(&self, favorite: &Favorite, idempotency: Idempotency<'_>) -> Result<FavoriteTryOn, FavoriteError> {
        let mut uow = self.store.begin().await?;
        // The record names the try-on: a favourite is found by it.
        let earlier = idempotency.claim(uow.idempotency(), favorite.tryon_id).await?;
        let tryon = uow.tryons().find(favorite.user_id, favorite.tryon_id).await?.ok_or(FavoriteError::NotFound)?;
        if earlier.is_some() {
            let first = uow.favorites().find(favorite.user_id, favorite.tryon_id).await?.ok_or(FavoriteError::NotFound)?;
            return Ok(FavoriteTryOn { favorite: first, tryon });
        }
        uow.favorites().insert(favorite).await?;
        uow.commit().await?;
        Ok(FavoriteTryOn { favorite: favorite.clone(), tryon })
    }

    /// A page of the caller's favourites with their try-ons, newest first.
    ///
    /// # Errors
    /// [`FavoriteError::Invalid`] when the cursor is of another list.
    #[tracing::instrument(name = "wearit.favorites.list", skip_all, fields(user_id = %actor.user_id))]
    pub async fn list(&self, actor: Actor, page: &Page) -> Result<Paged<FavoriteTryOn>, FavoriteError> {
        page.check_sorted_by_time()?;
        Ok(self.store.favorites().list(actor.user_id, page).await?)
    }

    /// Takes the mark away; the try-on stays.
    ///
    /// # Errors
    /// [`FavoriteError::NotFound`] when it was not marked.
    #[tracing::instrument(name = "wearit.favorites.remove", skip_all, fields(user_id = %actor.user_id, tryon_id = %tryon_id))]
    pub async fn remove(&self, actor: Actor, tryon_id: TryOnId) -> Result<(), FavoriteError> {
        retry_on_contention(|| self.delete(actor, tryon_id), FavoriteError::store).await
    }

    async fn delete(&self, actor: Actor, tryon_id: TryOnId) -> Result<(), FavoriteError> {
        let mut uow = self.store.begin().await?;
        if !uow.favorites().delete(actor.user_id, tryon_id).await? {
            return Err(FavoriteError::NotFound);
        }
        Ok(uow.commit().await?)
    }
}
