//! WearIT: a wardrobe, a body photo, try-ons of the one on the other, and favourites.

pub mod body;
pub mod favorites;
pub mod tryon;
pub mod uploads;
pub mod wardrobe;

mod store;

pub use store::{WearitStore, WearitUnitOfWork};
