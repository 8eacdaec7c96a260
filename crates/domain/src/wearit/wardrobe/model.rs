//! Garments.

use std::fmt;
use std::str::FromStr;

use crate::kernel::{ClothingId, Invalid, Timestamp, UserId};
use crate::wearit::sizing::SizeChart;

/// The text names no category.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown category: one of tops, bottoms, dresses, outerwear, shoes, accessories")]
pub struct UnknownCategory;

/// What kind of garment (CW17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// T-shirts, shirts, sweaters.
    Tops,
    /// Trousers, shorts, skirts.
    Bottoms,
    /// Dresses and overalls.
    Dresses,
    /// Jackets and coats.
    Outerwear,
    /// Shoes.
    Shoes,
    /// Everything else.
    Accessories,
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 6] = [Self::Tops, Self::Bottoms, Self::Dresses, Self::Outerwear, Self::Shoes, Self::Accessories];

    /// The name, as stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tops => "tops",
            Self::Bottoms => "bottoms",
            Self::Dresses => "dresses",
            Self::Outerwear => "outerwear",
            Self::Shoes => "shoes",
            Self::Accessories => "accessories",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Category {
    type Err = UnknownCategory;
    fn from_str(text: &str) -> Result<Self, UnknownCategory> {
        Self::ALL.into_iter().find(|category| category.as_str() == text).ok_or(UnknownCategory)
    }
}

/// Text of one line, trimmed, within a length, without control characters.
fn one_line(field: &str, text: &str, longest: usize) -> Result<String, Invalid> {
    let line = text.trim();
    let length = line.chars().count();
    if length == 0 || length > longest || line.chars().any(char::is_control) {
        return Err(Invalid::field(field, format!("must have 1 to {longest} characters on one line")));
    }
    Ok(line.to_owned())
}

/// A garment's name: 1–200 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClothingName(String);

impl ClothingName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`Invalid`] on field `name`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        one_line("name", text, 200).map(Self)
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A garment's brand: 1–100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand(String);

impl Brand {
    /// Checks a brand.
    ///
    /// # Errors
    /// [`Invalid`] on field `brand`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        one_line("brand", text, 100).map(Self)
    }

    /// The brand's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A garment in somebody's wardrobe. Its files are at [`crate::kernel::ObjectKey::clothing`] and its siblings.
#[derive(Debug, Clone, PartialEq)]
pub struct Clothing {
    /// Its id.
    pub id: ClothingId,
    /// Whose.
    pub user_id: UserId,
    /// Its name.
    pub name: ClothingName,
    /// Its category.
    pub category: Category,
    /// Its brand.
    pub brand: Option<Brand>,
    /// Its sizes, where its owner told them.
    pub size_chart: Option<SizeChart>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it, or its picture, was last changed.
    pub updated_at: Timestamp,
}

/// In which order garments are listed; ties by id in the same direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClothingSort {
    /// Newest first.
    #[default]
    Newest,
    /// Oldest first.
    Oldest,
    /// By name, A to Z, as stored (case-sensitive byte order).
    Name,
}

/// Which garments are wanted; all conditions together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClothingFilter {
    /// Exactly this category.
    pub category: Option<Category>,
    /// Exactly this brand.
    pub brand: Option<String>,
    /// This text within name or brand, ignoring ASCII case.
    pub q: Option<String>,
    /// The order.
    pub sort: ClothingSort,
}

/// One category of somebody's wardrobe.
#[derive(Debug, Clone, PartialEq)]
pub struct CategoryStats {
    /// The category.
    pub category: Category,
    /// How many garments it has.
    pub count: u64,
    /// The newest of them, at most 20.
    pub items: Vec<Clothing>,
}

impl CategoryStats {
    /// Most items per category (CW10).
    pub const MAX_ITEMS: usize = 20;
}
