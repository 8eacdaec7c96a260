//! What the wardrobe is asked to do, as the client sent it.

use crate::kernel::{FieldError, Invalid};
use crate::wearit::sizing::SizeChart;
use crate::wearit::uploads::ImageSource;

use super::{Brand, Category, ClothingName};

/// A garment to be added, unchecked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddClothing {
    /// Its name; required.
    pub name: Option<String>,
    /// Its category; required.
    pub category: Option<String>,
    /// Its brand; blank counts as none.
    pub brand: Option<String>,
    /// Its size chart, JSON; blank counts as none.
    pub size_chart: Option<String>,
    /// Its photo; required.
    pub image: Option<ImageSource>,
}

/// Changes to a garment, unchecked: an absent field stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpdateClothing {
    /// Its new name.
    pub name: Option<String>,
    /// Its new category.
    pub category: Option<String>,
    /// Its new brand; `Some(None)` takes it away.
    pub brand: Option<Option<String>>,
    /// Its new size chart, JSON; `Some(None)` takes it away.
    pub size_chart: Option<Option<String>>,
}

pub(super) struct CheckedClothing {
    pub(super) name: ClothingName,
    pub(super) category: Category,
    pub(super) brand: Option<Brand>,
    pub(super) size_chart: Option<SizeChart>,
    pub(super) image: ImageSource,
}

pub(super) struct CheckedUpdate {
    pub(super) name: Option<ClothingName>,
    pub(super) category: Option<Category>,
    pub(super) brand: Option<Option<Brand>>,
    pub(super) size_chart: Option<Option<SizeChart>>,
}

impl CheckedUpdate {
    pub(super) fn is_empty(&self) -> bool {
        self.name.is_none() && self.category.is_none() && self.brand.is_none() && self.size_chart.is_none()
    }
}

fn category(text: &str) -> Result<Category, Invalid> {
    text.parse().map_err(|unknown: super::UnknownCategory| Invalid::field("category", unknown.to_string()))
}

/// Keeps what passes and collects what does not.
fn collect<T>(outcome: Result<T, Invalid>, problems: &mut Vec<FieldError>) -> Option<T> {
    outcome.map_err(|Invalid(fields)| problems.extend(fields)).ok()
}

fn required<T>(field: &str, value: Option<T>) -> Result<T, Invalid> {
    value.ok_or_else(|| Invalid::field(field, "is required"))
}

impl AddClothing {
    /// Everything that is wrong with the command; nothing, and [`super::WardrobeService::add`] will not answer `Invalid`.
    pub fn problems(&self) -> Vec<FieldError> {
        self.clone().check().err().map(|Invalid(fields)| fields).unwrap_or_default()
    }

    pub(super) fn check(self) -> Result<CheckedClothing, Invalid> {
        let mut problems = Vec::new();
        let image = collect(required("image", self.image), &mut problems);
        let name = collect(required("name", self.name.as_deref()).and_then(ClothingName::parse), &mut problems);
        let category = collect(required("category", self.category.as_deref()).and_then(category), &mut problems);
        let brand = self.brand.as_deref().filter(|brand| !brand.trim().is_empty());
        let brand = collect(brand.map(Brand::parse).transpose(), &mut problems);
        let chart = self.size_chart.as_deref().filter(|chart| !chart.trim().is_empty());
        let chart = collect(chart.map(SizeChart::parse).transpose(), &mut problems);
        match (image, name, category, brand, chart) {
            (Some(image), Some(name), Some(category), Some(brand), Some(size_chart)) => {
                Ok(CheckedClothing { name, category, brand, size_chart, image })
            }
            _ => Err(Invalid(problems)),
        }
    }
}

impl UpdateClothing {
    pub(super) fn check(&self) -> Result<CheckedUpdate, Invalid> {
        let mut problems = Vec::new();
        let name = collect(self.name.as_deref().map(ClothingName::parse).transpose(), &mut problems);
        let category = collect(self.category.as_deref().map(category).transpose(), &mut problems);
        let brand = self.brand.as_ref().map(|brand| brand.as_deref().map(Brand::parse).transpose());
        let brand = collect(brand.transpose(), &mut problems);
        let chart = self.size_chart.as_ref().map(|chart| chart.as_deref().map(SizeChart::parse).transpose());
        let chart = collect(chart.transpose(), &mut problems);
        match (name, category, brand, chart) {
            (Some(name), Some(category), Some(brand), Some(size_chart)) => Ok(CheckedUpdate { name, category, brand, size_chart }),
            _ => Err(Invalid(problems)),
        }
    }
}
