//! Favourites.

use crate::kernel::{FavoriteId, Timestamp, TryOnId, UserId};
use crate::wearit::tryon::TryOn;

/// A try-on marked as favourite by its owner; at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Favorite {
    /// Its id.
    pub id: FavoriteId,
    /// Whose.
    pub user_id: UserId,
    /// Which try-on.
    pub tryon_id: TryOnId,
    /// When it was marked.
    pub created_at: Timestamp,
}

/// A favourite with its try-on, as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct FavoriteTryOn {
    /// The favourite.
    pub favorite: Favorite,
    /// What it marks.
    pub tryon: TryOn,
}
