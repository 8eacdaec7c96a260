//! Wardrobe, bodies, try-ons, favourites and uploads.

mod body;
mod favorites;
mod quotas;
mod store;
mod tryon;
mod uploads;
mod wardrobe;
mod webhooks;
