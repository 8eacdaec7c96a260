//! Wardrobe, bodies, try-ons, favourites and uploads.

mod body;
mod favorites;
mod store;
mod quotas;
mod tryon;
mod uploads;
mod wardrobe;
mod webhooks;
