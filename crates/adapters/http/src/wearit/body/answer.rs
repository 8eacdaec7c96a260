//! The body as it is answered.

use atelier_domain::kernel::ObjectStoreError;
use atelier_domain::wearit::Links;
use atelier_domain::wearit::body::{Body, Length, Weight};
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::time;

/// Girths and lengths in centimetres; null when not given.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeasurementsDto {
    /// Chest girth.
    #[schema(example = 95.0)]
    chest: Option<f64>,
    /// Waist girth.
    #[schema(example = 80.0)]
    waist: Option<f64>,
    /// Hip girth.
    #[schema(example = 95.0)]
    hips: Option<f64>,
    /// Shoulder width.
    #[schema(example = 45.0)]
    shoulders: Option<f64>,
    /// Arms.
    #[schema(example = 30.0)]
    arms: Option<f64>,
}

/// A body.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BodyDto {
    /// Its id, the same over all changes.
    #[schema(example = "65f0c0ffee65f0c0ffee65f3")]
    id: String,
    /// Height in centimetres.
    #[schema(example = 175.0)]
    height: Option<f64>,
    /// Weight in kilograms.
    #[schema(example = 70.0)]
    weight: Option<f64>,
    /// Further measurements.
    measurements: MeasurementsDto,
    /// The photo, at most 800×800; the link works for an hour.
    #[schema(example = "http://127.0.0.1:8000/files/body/…/….jpg?expires=…&signature=…")]
    image_url: Option<String>,
    /// What was noticed about the photo that may spoil a try-on; empty when nothing was.
    #[schema(example = json!(["several_people"]))]
    photo_findings: Vec<String>,
    /// When it was made.
    #[schema(example = "2026-11-21T10:00:00.000Z")]
    created_at: String,
    /// When it was last changed.
    #[schema(example = "2026-11-21T10:00:00.000Z")]
    updated_at: String,
}

/// The body.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BodyData {
    body: BodyDto,
}

impl BodyData {
    /// The body with a link signed now.
    pub(crate) async fn of(body: &Body, links: &Links) -> Result<Self, ObjectStoreError> {
        let measured = &body.measurements;
        let cm = |length: Option<Length>| length.map(Length::cm);
        let body = BodyDto {
            id: body.id.to_string(),
            height: cm(measured.height),
            weight: measured.weight.map(Weight::kg),
            measurements: MeasurementsDto {
                chest: cm(measured.chest),
                waist: cm(measured.waist),
                hips: cm(measured.hips),
                shoulders: cm(measured.shoulders),
                arms: cm(measured.arms),
            },
            image_url: links.body(body).await?,
            photo_findings: body.photo_findings.clone(),
            created_at: time(body.created_at),
            updated_at: time(body.updated_at),
        };
        Ok(Self { body })
    }
}
