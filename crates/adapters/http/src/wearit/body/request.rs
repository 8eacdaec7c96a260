//! What is asked of the body.

use actix_multipart::form::MultipartForm;
use actix_multipart::form::tempfile::TempFile;
use actix_multipart::form::text::Text;
use atelier_domain::kernel::FieldError;
use atelier_domain::wearit::body::{Measurements, MeasurementsPatch, PutBody};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::wearit::sent::{FormOrJson, SentImage, text};

/// Photo and measurements, as a form. All optional once there is a body; the photo is required the first time.
#[derive(Debug, MultipartForm, ToSchema)]
#[multipart(deny_unknown_fields, duplicate_field = "deny")]
pub(crate) struct BodyForm {
    /// The photo: JPEG, PNG or WebP, at most 10 MiB and 40 megapixels.
    #[multipart(limit = "10MiB")]
    #[schema(value_type = Option<String>, format = Binary)]
    image: Option<TempFile>,
    /// In place of `image`: an upload whose file was put.
    #[multipart(limit = "1KiB")]
    #[schema(value_type = Option<String>)]
    upload_id: Option<Text<String>>,
    /// Height, 50–260 cm.
    #[multipart(limit = "1KiB")]
    #[schema(value_type = Option<f64>, example = 175.0)]
    height: Option<Text<String>>,
    /// Weight, 20–400 kg.
    #[multipart(limit = "1KiB")]
    #[schema(value_type = Option<f64>, example = 70.0)]
    weight: Option<Text<String>>,
    /// Chest girth, 10–300 cm.
    #[multipart(limit = "1KiB")]
    #[schema(value_type = Option<f64>, example = 95.0)]
    chest: Option<Text<String>>,
    /// Waist girth, 10–300 cm.
    #[multipart(limit = "1KiB")]
    #[schema(value_type = Option<f64>, example = 80.0)]
    waist: Option<Text<String>>,
    /// Hip girth, 10–300 cm.
    #[multipart(limit = "1KiB")]
    #[schema(value_type = Option<f64>, example = 95.0)]
    hips: Option<Text<String>>,
    /// Shoulder width, 10–300 cm.
    #[multipart(limit = "1KiB")]
    #[schema(value_type = Option<f64>, example = 45.0)]
    shoulders: Option<Text<String>>,
    /// Arms, 10–300 cm.
    #[multipart(limit = "1KiB")]
    #[schema(value_type = Option<f64>, example = 30.0)]
    arms: Option<Text<String>>,
}

/// A present field is `Some`, also when it is null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<f64>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// Girths and lengths in centimetres, 10–300; absent ones stay, null takes one away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeasurementsJson {
    /// Chest girth.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, example = 95.0, required = false)]
    chest: Option<Option<f64>>,
    /// Waist girth.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, example = 80.0, required = false)]
    waist: Option<Option<f64>>,
    /// Hip girth.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, example = 95.0, required = false)]
    hips: Option<Option<f64>>,
    /// Shoulder width.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, example = 45.0, required = false)]
    shoulders: Option<Option<f64>>,
    /// Arms.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, example = 30.0, required = false)]
    arms: Option<Option<f64>>,
}

/// Measurements, as JSON; absent ones stay, null takes one away. The girths may also be given under `measurements`, as they are answered.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BodyPatch {
    /// Height, 50–260 cm.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, example = 175.0, required = false)]
    height: Option<Option<f64>>,
    /// Weight, 20–400 kg.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, example = 70.0, required = false)]
    weight: Option<Option<f64>>,
    /// Chest girth, 10–300 cm.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, example = 95.0, required = false)]
    chest: Option<Option<f64>>,
    /// Waist girth, 10–300 cm.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, example = 80.0, required = false)]
    waist: Option<Option<f64>>,
    /// Hip girth, 10–300 cm.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, example = 95.0, required = false)]
    hips: Option<Option<f64>>,
    /// Shoulder width, 10–300 cm.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, example = 45.0, required = false)]
    shoulders: Option<Option<f64>>,
    /// Arms, 10–300 cm.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, example = 30.0, required = false)]
    arms: Option<Option<f64>>,
    /// The girths and lengths together; these win.
    #[serde(default)]
    measurements: Option<MeasurementsJson>,
}

impl From<BodyPatch> for MeasurementsPatch {
    fn from(patch: BodyPatch) -> Self {
        let nested = patch.measurements.unwrap_or_default();
        Self {
            height: patch.height,
            weight: patch.weight,
            chest: nested.chest.or(patch.chest),
            waist: nested.waist.or(patch.waist),
            hips: nested.hips.or(patch.hips),
            shoulders: nested.shoulders.or(patch.shoulders),
            arms: nested.arms.or(patch.arms),
        }
    }
}

/// Photo and measurements, as JSON, the photo put beforehand.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BodyJson {
    /// The upload whose file was put.
    #[schema(example = "65f0c0ffee65f0c0ffee65f2")]
    upload_id: Option<String>,
    /// The measurements.
    #[serde(flatten)]
    measured: BodyPatch,
}

/// Photo and measurements, from either form.
pub(crate) struct NewBody {
    image: SentImage,
    measurements: MeasurementsPatch,
}

/// A number as typed. What is no number becomes NaN, which the domain refuses with the field's bounds; blank is as absent.
fn number(part: Option<Text<String>>) -> Option<Option<f64>> {
    let typed = text(part)?;
    let typed = typed.trim();
    (!typed.is_empty()).then(|| Some(typed.parse().unwrap_or(f64::NAN)))
}

impl From<FormOrJson<BodyForm, BodyJson>> for NewBody {
    fn from(sent: FormOrJson<BodyForm, BodyJson>) -> Self {
        match sent {
            FormOrJson::Form(form) => Self {
                image: SentImage { file: form.image, upload_id: text(form.upload_id) },
                measurements: MeasurementsPatch {
                    height: number(form.height),
                    weight: number(form.weight),
                    chest: number(form.chest),
                    waist: number(form.waist),
                    hips: number(form.hips),
                    shoulders: number(form.shoulders),
                    arms: number(form.arms),
                },
            },
            FormOrJson::Json(BodyJson { upload_id, measured }) => {
                Self { image: SentImage { file: None, upload_id }, measurements: measured.into() }
            }
        }
    }
}

impl NewBody {
    /// The command; with a bad image reference every other bad field is told as well.
    pub(crate) fn command(&self) -> Result<PutBody, ApiError> {
        let mut problems: Vec<FieldError> = Vec::new();
        let image = self.image.source(&mut problems);
        if problems.is_empty() {
            return Ok(PutBody { measurements: self.measurements, image });
        }
        if let Err(invalid) = Measurements::default().patched(&self.measurements) {
            problems.extend(invalid.0);
        }
        Err(ApiError::invalid(&problems))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(json: &str) -> Result<MeasurementsPatch, serde_json::Error> {
        serde_json::from_str::<BodyJson>(json).map(|body| body.measured.into())
    }

    #[test]
    fn absent_null_and_given_are_told_apart_flat_and_nested() -> Result<(), serde_json::Error> {
        let patch =
            measured(r#"{"upload_id": "x", "height": 175, "weight": null, "chest": 1, "measurements": {"chest": 95.5, "hips": null}}"#)?;
        let expected = MeasurementsPatch {
            height: Some(Some(175.0)),
            weight: Some(None),
            chest: Some(Some(95.5)),
            hips: Some(None),
            ..MeasurementsPatch::default()
        };
        assert_eq!(patch, expected);
        Ok(())
    }

    #[test]
    fn unknown_fields_and_texts_are_refused() {
        for json in [r#"{"user_id": "x"}"#, r#"{"measurements": {"neck": 4}}"#, r#"{"height": "175"}"#] {
            assert!(measured(json).is_err(), "{json}");
        }
        assert!(serde_json::from_str::<BodyPatch>(r#"{"upload_id": "x"}"#).is_err());
    }
}
