//! WearIT's use cases.

mod body;
mod favorites;
mod faults;
mod personal_data;
mod uploads;
mod wardrobe;
mod world;
