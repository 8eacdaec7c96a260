//! Favourites: try-on results worth keeping in sight.

mod error;
mod model;
mod ports;
mod service;

pub use error::FavoriteError;
pub use model::{Favorite, FavoriteTryOn};
pub use ports::{FavoriteQueries, FavoriteRepository};
pub use service::FavoriteService;
