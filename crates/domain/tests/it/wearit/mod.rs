//! WearIT's use cases.

mod body;
mod faults;
mod favorites;
mod integrity;
mod personal_data;

mod sizing;
mod tryon;
mod uploads;
mod wardrobe;
mod webhooks;
mod world;
