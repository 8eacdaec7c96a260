//! What is asked of the wardrobe.

use actix_multipart::form::MultipartForm;
use actix_multipart::form::tempfile::TempFile;
use actix_multipart::form::text::Text;
use atelier_domain::kernel::FieldError;
use atelier_domain::wearit::wardrobe::{AddClothing, ClothingFilter, ClothingSort, UnknownCategory, UpdateClothing};
use serde::{Deserialize, Deserializer};
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiError;
use crate::fingerprint::FingerprintBuilder;
use crate::wearit::sent::{FormOrJson, SentImage, text};
use crate::wearit::wardrobe::sizes::SizeRowDto;

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
    /// Its sizes, smallest first, as JSON: `[{"size": "S", "chest": [86, 94], "waist": [70, 78]}]`, cm, of `chest`, `waist`, `hips`, `height`.
    #[multipart(limit = "16KiB")]
    #[schema(value_type = Option<String>)]
    size_chart: Option<Text<String>>,
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
    /// Its sizes, smallest first.
    #[schema(value_type = Option<Vec<SizeRowDto>>)]
    size_chart: Option<serde_json::Value>,
}

/// A garment to be added, from either form.
#[derive(Debug)]
pub(crate) struct NewClothing {
    pub(crate) image: SentImage,
    name: Option<String>,
    category: Option<String>,
    brand: Option<String>,
    size_chart: Option<String>,
}

impl From<FormOrJson<ClothingForm, ClothingJson>> for NewClothing {
    fn from(sent: FormOrJson<ClothingForm, ClothingJson>) -> Self {
        match sent {
            FormOrJson::Form(ClothingForm { image, upload_id, name, category, brand, size_chart }) => Self {
                image: SentImage { file: image, upload_id: text(upload_id) },
                name: text(name),
                category: text(category),
                brand: text(brand),
                size_chart: text(size_chart),
            },
            FormOrJson::Json(ClothingJson { upload_id, name, category, brand, size_chart }) => Self {
                image: SentImage { file: None, upload_id },
                name,
                category,
                brand,
                size_chart: size_chart.map(|chart| chart.to_string()),
            },
        }
    }
}

impl NewClothing {
    /// The command; with a bad image reference every other bad field is told as well.
    pub(crate) fn command(&self) -> Result<AddClothing, ApiError> {
        let mut problems = Vec::new();
        let image = self.image.source(&mut problems);
        let command = AddClothing {
            name: self.name.clone(),
            category: self.category.clone(),
            brand: self.brand.clone(),
            size_chart: self.size_chart.clone(),
            image,
        };
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
            .field("size_chart", self.size_chart.as_deref())
    }
}

/// A present field is `Some`, also when it is null.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
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
    /// Its sizes, smallest first; null takes them away.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<SizeRowDto>>, required = false)]
    size_chart: Option<Option<serde_json::Value>>,
}

impl From<ClothingPatch> for UpdateClothing {
    /// Name and category cannot be taken away: null is as wrong as an empty text.
    fn from(patch: ClothingPatch) -> Self {
        Self {
            name: patch.name.map(Option::unwrap_or_default),
            category: patch.category.map(Option::unwrap_or_default),
            brand: patch.brand,
            size_chart: patch.size_chart.map(|chart| chart.map(|chart| chart.to_string())),
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
                let unknown: UnknownCategory = unknown;
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
