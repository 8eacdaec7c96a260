//! The wardrobe: photos of garments, with category and brand.

mod command;
mod error;
mod model;
mod ports;
mod service;

pub use command::{AddClothing, UpdateClothing};
pub use error::WardrobeError;
pub use model::{Brand, Category, CategoryStats, Clothing, ClothingFilter, ClothingName, ClothingSort, UnknownCategory};
pub use ports::{ClothingQueries, ClothingRepository};
pub use service::WardrobeService;
