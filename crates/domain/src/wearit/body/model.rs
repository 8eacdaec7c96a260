//! Bodies and measurements.

use crate::kernel::{BodyId, Invalid, Timestamp, UserId};

/// A length in centimetres, within the bounds of its field, kept to a tenth.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Length(f64);

/// A weight in kilograms, 20–400, kept to a tenth.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Weight(f64);

fn within(field: &str, value: f64, lowest: f64, highest: f64, unit: &str) -> Result<f64, Invalid> {
    if value.is_finite() && (lowest..=highest).contains(&value) {
        Ok((value * 10.0).round() / 10.0)
    } else {
        Err(Invalid::field(field, format!("must be {lowest} to {highest} {unit}")))
    }
}

impl Length {
    /// A person's height: 50–260 cm (W39).
    ///
    /// # Errors
    /// [`Invalid`] on field `height`.
    pub fn height(cm: f64) -> Result<Self, Invalid> {
        within("height", cm, 50.0, 260.0, "cm").map(Self)
    }

    /// A measure of the body, such as the chest: 10–300 cm.
    ///
    /// # Errors
    /// [`Invalid`] on `field`.
    pub fn measure(field: &str, cm: f64) -> Result<Self, Invalid> {
        within(field, cm, 10.0, 300.0, "cm").map(Self)
    }

    /// A stored value, taken as it is.
    pub fn stored(cm: f64) -> Self {
        Self(cm)
    }

    /// Centimetres.
    pub fn cm(self) -> f64 {
        self.0
    }
}

impl Weight {
    /// A person's weight: 20–400 kg (W40).
    ///
    /// # Errors
    /// [`Invalid`] on field `weight`.
    pub fn kilograms(kg: f64) -> Result<Self, Invalid> {
        within("weight", kg, 20.0, 400.0, "kg").map(Self)
    }

    /// A stored value, taken as it is.
    pub fn stored(kg: f64) -> Self {
        Self(kg)
    }

    /// Kilograms.
    pub fn kg(self) -> f64 {
        self.0
    }
}

/// What a person measures; every field optional.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Measurements {
    /// Height.
    pub height: Option<Length>,
    /// Weight.
    pub weight: Option<Weight>,
    /// Chest girth.
    pub chest: Option<Length>,
    /// Waist girth.
    pub waist: Option<Length>,
    /// Hip girth.
    pub hips: Option<Length>,
    /// Shoulder width.
    pub shoulders: Option<Length>,
    /// Upper-arm girth or arm length, as the person prefers.
    pub arms: Option<Length>,
}

/// Raw values to be checked and laid over the present measurements: an absent field stays as it is, `Some(None)` clears it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MeasurementsPatch {
    /// Height in cm.
    pub height: Option<Option<f64>>,
    /// Weight in kg.
    pub weight: Option<Option<f64>>,
    /// Chest in cm.
    pub chest: Option<Option<f64>>,
    /// Waist in cm.
    pub waist: Option<Option<f64>>,
    /// Hips in cm.
    pub hips: Option<Option<f64>>,
    /// Shoulders in cm.
    pub shoulders: Option<Option<f64>>,
    /// Arms in cm.
    pub arms: Option<Option<f64>>,
}

impl Measurements {
    /// The measurements after the patch.
    ///
    /// # Errors
    /// [`Invalid`] with every field out of bounds.
    pub fn patched(mut self, patch: &MeasurementsPatch) -> Result<Self, Invalid> {
        fn lay<T>(
            slot: &mut Option<T>,
            value: Option<Option<f64>>,
            check: impl Fn(f64) -> Result<T, Invalid>,
            errors: &mut Vec<crate::kernel::FieldError>,
        ) {
            match value {
                None => {}
                Some(None) => *slot = None,
                Some(Some(number)) => match check(number) {
                    Ok(checked) => *slot = Some(checked),
                    Err(Invalid(fields)) => errors.extend(fields),
                },
            }
        }
        let mut errors = Vec::new();
        lay(&mut self.height, patch.height, Length::height, &mut errors);
        lay(&mut self.weight, patch.weight, Weight::kilograms, &mut errors);
        for (slot, value, field) in [
            (&mut self.chest, patch.chest, "chest"),
            (&mut self.waist, patch.waist, "waist"),
            (&mut self.hips, patch.hips, "hips"),
            (&mut self.shoulders, patch.shoulders, "shoulders"),
            (&mut self.arms, patch.arms, "arms"),
        ] {
            lay(slot, value, |cm| Length::measure(field, cm), &mut errors);
        }
        Invalid::check(errors)?;
        Ok(self)
    }
}

/// A person's body: one per account. Its photo is at [`crate::kernel::ObjectKey::body`].
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// Its id, stable over replacements (CW3).
    pub id: BodyId,
    /// Whose.
    pub user_id: UserId,
    /// What the person measures.
    pub measurements: Measurements,
    /// Whether a photo is stored.
    pub has_photo: bool,
    /// What was noticed about the photo, e.g. `person_not_found`; empty when nothing was, or nothing was looked for.
    pub photo_findings: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it, or its photo, was last changed.
    pub updated_at: Timestamp,
}
