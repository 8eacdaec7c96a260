//! Garments on the wire.

use actix_multipart::form::MultipartForm;
use actix_multipart::form::tempfile::TempFile;
use actix_multipart::form::text::Text;
use atelier_domain::kernel::{FieldError, ObjectStoreError, Page, Paged};
use atelier_domain::wearit::Links;
use atelier_domain::wearit::wardrobe::{AddClothing, CategoryStats, Clothing, ClothingFilter, ClothingSort, UpdateClothing};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::envelope::{SkipPagination, SuccessPage, time};
use crate::error::ApiError;
use crate::fingerprint::FingerprintBuilder;
use crate::wearit::sent::{FormOrJson, SentImage, text};

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
    pub(crate) async fn of(clothing: &Clothing, links: &Links) -> Result<Self, ObjectStoreError> {
        Ok(Self { clothing: ClothingDto::of(clothing, links).await? })
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
            categories.push(CategoryDto {
                category: category.as_str(),
                count: *count,
                items: ClothingDto::all(items, links).await?,
            });
        }
        Ok(Self { categories })
    }
}

/// A garment to be added, as a form.
#[derive(Debug, MultipartForm, ToSchema)]
#[multipart(deny_unknown_fields, duplicate_field = "deny")]
pub(crate) struct ClothingForm {
    /// The photo: JPEG, PNG or WebP, at most 10 MiB and 40 megapixels.
    #[multipart(limit = "10MiB")]
    #[schema(value_type = Option<String>, format = Binary)]
    image: Option<TempFile>,
    /// In place of `image`: an upload whose file was put.
    #[multipart(limit = "1KiB")]
    #[schema(value_type = Option<String>)]
    upload_id: Option<Text<String>>,
    /// 1–200 characters.
    #[multipart(limit = "4KiB")]
    #[schema(value_type = String, example = "Striped T-shirt")]
    name: Option<Text<String>>,
    /// `tops`, `bottoms`, `dresses`, `outerwear`, `shoes` or `accessories`.
    #[multipart(limit = "1KiB")]
    #[schema(value_type = String, example = "tops")]
    category: Option<Text<String>>,
    /// 1–100 characters.
    #[multipart(limit = "4KiB")]
    #[schema(value_type = Option<String>, example = "Nordlicht")]
    brand: Option<Text<String>>,
}

/// A garment to be added, its photo put beforehand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClothingJson {
    /// The upload whose file was put.
    #[schema(value_type = String, example = "65f0c0ffee65f0c0ffee65f2")]
    upload_id: Option<String>,
    /// 1–200 characters.
    #[schema(value_type = String, example = "Striped T-shirt")]
    name: Option<String>,
    /// `tops`, `bottoms`, `dresses`, `outerwear`, `shoes` or `accessories`.
    #[schema(value_type = String, example = "tops")]
    category: Option<String>,
    /// 1–100 characters.
    #[schema(example = "Nordlicht")]
    brand: Option<String>,
}

/// A garment to be added, from either form.
#[derive(Debug)]
pub(crate) struct NewClothing {
    pub(crate) image: SentImage,
    name: Option<String>,
    category: Option<String>,
    brand: Option<String>,
}

impl From<FormOrJson<ClothingForm, ClothingJson>> for NewClothing {
    fn from(sent: FormOrJson<ClothingForm, ClothingJson>) -> Self {
        match sent {
            FormOrJson::Form(ClothingForm { image, upload_id, name, category, brand }) => Self {
                image: SentImage { file: image, upload_id: text(upload_id) },
                name: text(name),
                category: text(category),
                brand: text(brand),
            },
            FormOrJson::Json(ClothingJson { upload_id, name, category, brand }) => {
                Self { image: SentImage { file: None, upload_id }, name, category, brand }
            }
        }
    }
}

impl NewClothing {
    /// The command; with a bad image reference every other bad field is told as well.
    pub(crate) fn command(&self) -> Result<AddClothing, ApiError> {
        let mut problems = Vec::new();
        let image = self.image.source(&mut problems);
        let command =
            AddClothing { name: self.name.clone(), category: self.category.clone(), brand: self.brand.clone(), image };
        if problems.is_empty() {
            return Ok(command);
        }
        problems.extend(command.problems().into_iter().filter(|problem| problem.field != "image"));
        Err(ApiError::invalid(&problems))
    }

    pub(crate) fn fingerprint(&self) -> FingerprintBuilder {
        FingerprintBuilder::of("POST /clothing")
            .field("name", self.name.as_deref())
            .field("category", self.category.as_deref())
            .field("brand", self.brand.as_deref())
    }
}

/// A present field is `Some`, also when it is null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// Changes to a garment; absent fields stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClothingPatch {
    /// 1–200 characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, example = "Striped T-shirt", required = false)]
    name: Option<Option<String>>,
    /// `tops`, `bottoms`, `dresses`, `outerwear`, `shoes` or `accessories`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, example = "tops", required = false)]
    category: Option<Option<String>>,
    /// 1–100 characters; null takes the brand away.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "Nordlicht", required = false)]
    brand: Option<Option<String>>,
}

impl From<ClothingPatch> for UpdateClothing {
    /// Name and category cannot be taken away: null is as wrong as an empty text.
    fn from(patch: ClothingPatch) -> Self {
        Self {
            name: patch.name.map(Option::unwrap_or_default),
            category: patch.category.map(Option::unwrap_or_default),
            brand: patch.brand,
        }
    }
}

/// A new photo, as a form.
#[derive(Debug, MultipartForm, ToSchema)]
#[multipart(deny_unknown_fields, duplicate_field = "deny")]
pub(crate) struct ImageForm {
    /// The photo: JPEG, PNG or WebP, at most 10 MiB and 40 megapixels.
    #[multipart(limit = "10MiB")]
    #[schema(value_type = Option<String>, format = Binary)]
    image: Option<TempFile>,
    /// In place of `image`: an upload whose file was put.
    #[multipart(limit = "1KiB")]
    #[schema(value_type = Option<String>)]
    upload_id: Option<Text<String>>,
}

/// A new photo, put beforehand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImageJson {
    /// The upload whose file was put.
    #[schema(value_type = String, example = "65f0c0ffee65f0c0ffee65f2")]
    upload_id: Option<String>,
}

impl From<FormOrJson<ImageForm, ImageJson>> for SentImage {
    fn from(sent: FormOrJson<ImageForm, ImageJson>) -> Self {
        match sent {
            FormOrJson::Form(ImageForm { image, upload_id }) => Self { file: image, upload_id: text(upload_id) },
            FormOrJson::Json(ImageJson { upload_id }) => Self { file: None, upload_id },
        }
    }
}

/// Which garments are wanted; all conditions together.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ClothingQuery {
    /// Exactly this category: `tops`, `bottoms`, `dresses`, `outerwear`, `shoes` or `accessories`.
    #[param(example = "tops")]
    category: Option<String>,
    /// Exactly this brand.
    #[param(example = "Nordlicht")]
    brand: Option<String>,
    /// This text within name or brand.
    #[param(example = "shirt")]
    q: Option<String>,
    /// `newest` (when absent), `oldest` or `name`.
    #[param(example = "newest")]
    sort: Option<String>,
}

impl ClothingQuery {
    /// The filter; what is no category or order is added to `problems`.
    pub(crate) fn filter(&self, problems: &mut Vec<FieldError>) -> ClothingFilter {
        let mut refuse = |field: &str, message: String| problems.push(FieldError { field: field.to_owned(), message });
        let category = match self.category.as_deref().map(str::parse).transpose() {
            Ok(category) => category,
            Err(unknown) => {
                let unknown: atelier_domain::wearit::wardrobe::UnknownCategory = unknown;
                refuse("category", unknown.to_string());
                None
            }
        };
        let sort = match self.sort.as_deref() {
            None | Some("newest") => ClothingSort::Newest,
            Some("oldest") => ClothingSort::Oldest,
            Some("name") => ClothingSort::Name,
            Some(_) => {
                refuse("sort", "must be newest, oldest or name".to_owned());
                ClothingSort::Newest
            }
        };
        ClothingFilter { category, brand: self.brand.clone(), q: self.q.clone(), sort }
    }
}
