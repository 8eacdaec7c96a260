//! Garments as they are answered.

use atelier_domain::identity::Actor;
use atelier_domain::kernel::{ObjectStoreError, Page, Paged};
use atelier_domain::wearit::Links;
use atelier_domain::wearit::wardrobe::{CategoryStats, Clothing};
use serde::Serialize;
use utoipa::ToSchema;

use super::sizes::{SizeHintDto, SizeRowDto};
use crate::envelope::{SkipPagination, SuccessPage, time};
use crate::error::ApiError;
use crate::state::HttpServices;

/// A garment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClothingDto {
    /// Its id.
    #[schema(example = "65f0c0ffee65f0c0ffee65f1")]
    id: String,
    /// Its name.
    #[schema(example = "Striped T-shirt")]
    name: String,
    /// Its category: `tops`, `bottoms`, `dresses`, `outerwear`, `shoes` or `accessories`.
    #[schema(example = "tops")]
    category: &'static str,
    /// Its brand, if it has one.
    #[schema(example = "Nordlicht")]
    brand: Option<String>,
    /// Its sizes, where they were told, smallest first.
    size_chart: Option<Vec<SizeRowDto>>,
    /// Which size would fit the caller; only in answers about one garment. By its own chart; without one in the letters of EN 13402-3.
    #[serde(skip_serializing_if = "Option::is_none")]
    size_hints: Option<Vec<SizeHintDto>>,
    /// Its picture, at most 800×800; the link works for an hour.
    #[schema(example = "http://127.0.0.1:8000/files/clothing/…/….jpg?expires=…&signature=…")]
    image_url: String,
    /// Its thumbnail, 200×200; the link works for an hour.
    #[schema(example = "http://127.0.0.1:8000/files/clothing/…/…_thumb.jpg?expires=…&signature=…")]
    thumbnail_url: String,
    /// When it was added.
    #[schema(example = "2026-11-21T10:00:00.000Z")]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2026-11-21T10:00:00.000Z")]
    updated_at: String,
}

impl ClothingDto {
    /// The garment with links signed now.
    pub(crate) async fn of(clothing: &Clothing, links: &Links) -> Result<Self, ObjectStoreError> {
        let pictures = links.clothing(clothing).await?;
        Ok(Self {
            id: clothing.id.to_string(),
            name: clothing.name.as_str().to_owned(),
            category: clothing.category.as_str(),
            brand: clothing.brand.as_ref().map(|brand| brand.as_str().to_owned()),
            size_chart: clothing.size_chart.as_ref().map(SizeRowDto::all),
            size_hints: None,
            image_url: pictures.image_url,
            thumbnail_url: pictures.thumbnail_url,
            created_at: time(clothing.created_at),
            updated_at: time(clothing.updated_at),
        })
    }

    async fn all(garments: &[Clothing], links: &Links) -> Result<Vec<Self>, ObjectStoreError> {
        let mut all = Vec::with_capacity(garments.len());
        for clothing in garments {
            all.push(Self::of(clothing, links).await?);
        }
        Ok(all)
    }
}

/// One garment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClothingData {
    clothing: ClothingDto,
}

impl ClothingData {
    /// One of the actor's garments, with the size that would fit.
    pub(crate) async fn of(actor: Actor, clothing: &Clothing, services: &HttpServices) -> Result<Self, ApiError> {
        let mut dto = ClothingDto::of(clothing, &Links::new(services.objects.clone())).await?;
        let hints = services.wardrobe.size_hints(actor, clothing).await?;
        dto.size_hints = Some(hints.into_iter().map(SizeHintDto::from).collect());
        Ok(Self { clothing: dto })
    }
}

/// A page of garments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClothingListData {
    clothing: Vec<ClothingDto>,
}

impl ClothingListData {
    pub(crate) async fn page(
        page: &Page,
        paged: &Paged<Clothing>,
        links: &Links,
    ) -> Result<SuccessPage<Self, SkipPagination>, ObjectStoreError> {
        let clothing = ClothingDto::all(&paged.items, links).await?;
        Ok(SuccessPage::new(Self { clothing }, SkipPagination::of(page, paged)))
    }
}

/// One category of the wardrobe.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CategoryDto {
    /// The category.
    #[schema(example = "tops")]
    category: &'static str,
    /// How many garments it has.
    #[schema(example = 3)]
    count: u64,
    /// The newest of them, at most 20.
    items: Vec<ClothingDto>,
}

/// The wardrobe by category.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatsData {
    /// Fullest first; categories without garments are left out.
    categories: Vec<CategoryDto>,
}

impl StatsData {
    pub(crate) async fn of(stats: &[CategoryStats], links: &Links) -> Result<Self, ObjectStoreError> {
        let mut categories = Vec::with_capacity(stats.len());
        for CategoryStats { category, count, items } in stats {
            categories.push(CategoryDto { category: category.as_str(), count: *count, items: ClothingDto::all(items, links).await? });
        }
        Ok(Self { categories })
    }
}
