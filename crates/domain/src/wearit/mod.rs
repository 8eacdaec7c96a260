//! WearIT: a wardrobe, a body photo, try-ons of the one on the other, favourites, and webhooks that tell what became of them.
//!
//! `store` is the unit of work over all features, `links` signs URLs to pictures, `cascade` is what deletions mean for try-ons,
//! `personal_data` exports and erases what is held on a person.

pub mod body;
pub mod favorites;
pub mod integrity;
pub mod quotas;
pub mod sizing;
pub mod tryon;
pub mod uploads;
pub mod wardrobe;
pub mod webhooks;

mod cascade;
mod links;
mod personal_data;
mod store;

pub use links::{Links, PictureLinks};
pub use personal_data::WearitPersonalData;
pub use store::{WearitStore, WearitUnitOfWork};
