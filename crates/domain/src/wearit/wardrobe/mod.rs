//! The wardrobe: photos of garments, with category and brand.

mod error;
mod model;
mod ports;

pub use error::WardrobeError;
pub use model::{Brand, Category, CategoryStats, Clothing, ClothingFilter, ClothingName, ClothingSort, UnknownCategory};
pub use ports::{ClothingQueries, ClothingRepository};
