//! Size charts and hints on the wire.

use atelier_domain::wearit::sizing::{Measure, MeasuredSize, SizeChart, SizeHint};
use serde::Serialize;
use utoipa::ToSchema;

/// One size and the body measurements it is made for, each from and to in cm; at least one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SizeRowDto {
    /// What it is called.
    #[schema(example = "M", min_length = 1, max_length = 20)]
    size: String,
    /// Chest girth.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!([94, 102]))]
    chest: Option<[f64; 2]>,
    /// Waist girth.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!([78, 86]))]
    waist: Option<[f64; 2]>,
    /// Hip girth.
    #[serde(skip_serializing_if = "Option::is_none")]
    hips: Option<[f64; 2]>,
    /// Height.
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<[f64; 2]>,
}

impl SizeRowDto {
    pub(super) fn all(chart: &SizeChart) -> Vec<Self> {
        let row = |row: &atelier_domain::wearit::sizing::SizeRow| {
            let bounds = |measure| row.range(measure).map(|range| [range.from, range.to]);
            Self {
                size: row.size.clone(),
                chest: bounds(Measure::Chest),
                waist: bounds(Measure::Waist),
                hips: bounds(Measure::Hips),
                height: bounds(Measure::Height),
            }
        };
        chart.rows().iter().map(row).collect()
    }
}

/// The size that one measurement asks for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeasuredSizeDto {
    /// `chest`, `waist`, `hips` or `height`.
    #[schema(example = "chest")]
    measure: &'static str,
    /// Its value in cm.
    #[schema(example = 96.0)]
    cm: f64,
    /// The size.
    #[schema(example = "M")]
    size: String,
}

impl From<MeasuredSize> for MeasuredSizeDto {
    fn from(MeasuredSize { measure, cm, size }: MeasuredSize) -> Self {
        Self { measure: measure.as_str(), cm, size }
    }
}

/// Which size would fit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SizeHintDto {
    /// From which chart: `garment`, `en_13402_women` or `en_13402_men`.
    #[schema(example = "garment")]
    chart: &'static str,
    /// The smallest size that no measurement is too large for.
    #[schema(example = "M")]
    size: String,
    /// `good`, `loose`, `uneven` (the measurements are more than a size apart), `body_too_large` or `body_too_small`.
    #[schema(example = "good")]
    fit: &'static str,
    /// What each measurement asks for.
    measured: Vec<MeasuredSizeDto>,
}

impl From<SizeHint> for SizeHintDto {
    fn from(SizeHint { chart, size, fit, measured }: SizeHint) -> Self {
        Self { chart: chart.as_str(), size, fit: fit.as_str(), measured: measured.into_iter().map(Into::into).collect() }
    }
}
