//! WearIT's use cases.

mod body;
mod favorites;
mod faults;
mod log;
mod personal_data;
mod tryon;
mod uploads;
mod wardrobe;
mod world;
