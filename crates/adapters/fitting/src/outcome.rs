//! What the engine is asked and what it answers.

use std::time::Duration;

use atelier_domain::wearit::wardrobe;
use image::RgbImage;

use crate::refusal::Refusal;

/// The kind of garment to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Category {
    /// T-shirts, long-sleeved tops and sleeveless tops.
    Tops,
    /// Trousers, shorts and skirts.
    Bottoms,
    /// Dresses, with or without sleeves.
    Dresses,
    /// Jackets and coats, worn over what the person wears.
    Outerwear,
}

impl Category {
    /// Every category, in the order of the domain's.
    pub const ALL: [Self; 4] = [Self::Tops, Self::Bottoms, Self::Dresses, Self::Outerwear];

    /// Whether the garment covers the legs, so that knees have to be seen and the person has to stand.
    #[must_use]
    pub const fn covers_legs(self) -> bool {
        matches!(self, Self::Bottoms | Self::Dresses)
    }
}

/// A category of the wardrobe that the engine does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this engine fits tops, bottoms, dresses and outerwear only")]
pub struct NotServed;

impl TryFrom<wardrobe::Category> for Category {
    type Error = NotServed;

    fn try_from(category: wardrobe::Category) -> Result<Self, NotServed> {
        match category {
            wardrobe::Category::Tops => Ok(Self::Tops),
            wardrobe::Category::Bottoms => Ok(Self::Bottoms),
            wardrobe::Category::Dresses => Ok(Self::Dresses),
            wardrobe::Category::Outerwear => Ok(Self::Outerwear),
            wardrobe::Category::Shoes | wardrobe::Category::Accessories => Err(NotServed),
        }
    }
}

/// The steps of a try-on, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Finding the person and their joints.
    Pose,
    /// Telling skin, hair, clothing and background apart.
    Labels,
    /// Cutting out the garment and measuring it.
    Garment,
    /// Bending the garment onto the body.
    Warp,
    /// Putting the picture together.
    Composite,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 5] = [Self::Pose, Self::Labels, Self::Garment, Self::Warp, Self::Composite];

    /// The stable word, in `snake_case`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pose => "pose",
            Self::Labels => "labels",
            Self::Garment => "garment",
            Self::Warp => "warp",
            Self::Composite => "composite",
        }
    }

    /// How much of the work is done when this stage begins, in per cent.
    #[must_use]
    pub const fn percent(self) -> u8 {
        match self {
            Self::Pose => 0,
            Self::Labels => 20,
            Self::Garment => 50,
            Self::Warp => 70,
            Self::Composite => 75,
        }
    }
}

/// What the caller wants after hearing of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop here, with [`FitError::Stopped`].
    Stop,
}

/// A finished try-on.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The person in the garment; at most 800 pixels on the longer side.
    pub image: RgbImage,
    /// What may be wrong with it.
    pub warnings: Vec<Warning>,
    /// How sure the engine is of the result, 0..=1. Calibrated on the sample photos, spoilt step by step: of results of 0.8
    /// and above without a warning at least 98 % have the cloth where it lies on the sound photo (`tests/it/calibration.rs`).
    pub confidence: f32,
    /// Measures of the fit.
    pub report: Report,
}

/// Measures of a fit, for logs and for judging results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Pixels of the result per pixel of the garment at its working size (at most 900 pixels).
    pub scale: f32,
    /// Share of the arms the sleeves cover, left and right in the picture; 0 without sleeves, 1 at the wrists.
    pub sleeve: [f32; 2],
    /// Where the hem is: 0 at the shoulders, 1 at the hips; of bottoms the share of waist to ankle they cover.
    pub hem: f32,
    /// What the person looks like in the photo.
    pub condition: Condition,
    /// Time spent in each stage, in the order of [`Stage::ALL`].
    pub timings: [Duration; 5],
}

/// What the person looks like in a photo, whatever they wear.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Condition {
    /// Variance of the Laplacian at a common size: edges are what blur takes away.
    pub sharpness: f32,
    /// Standard deviation of what differs from pixel to pixel without being drawn, in eight-bit levels.
    pub noise: f32,
    /// Share of the person that is as light as the file can tell, 0..=1.
    pub white: f32,
}

/// What a look at a photo tells before any garment is there.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonReport {
    /// How sure the pose network is that there is a person, 0..=1.
    pub presence: f32,
    /// Share of the photo's height from the head to the ankles (to the lower edge when they are outside).
    pub height_share: f32,
    /// What a try-on would warn of.
    pub warnings: Vec<Warning>,
}

/// Something to tell the user beside the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Warning {
    /// The person sits: the lower part of a garment is hidden.
    Seated,
    /// A wrist is not visible, so the end of a sleeve is a guess.
    WristHidden,
    /// Parts of what the person wears may show.
    OldGarmentMayShow,
    /// The result may not be what the garment would look like.
    LowConfidence,
    /// The photo is not sharp.
    Blurred,
    /// Grain hides the colours, as in a photo taken with too little light.
    Noisy,
    /// Much of the person is plain white: taken against the light, or exposed too long.
    Overexposed,
    /// The person is small in the photo: the result will be coarse.
    LowResolution,
    /// The photo is a panorama or a strip.
    UnusualShape,
}

impl Warning {
    /// The stable code, in `snake_case`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Seated => "seated",
            Self::WristHidden => "wrist_hidden",
            Self::OldGarmentMayShow => "old_garment_may_show",
            Self::LowConfidence => "low_confidence",
            Self::Blurred => "blurred",
            Self::Noisy => "noisy",
            Self::Overexposed => "overexposed",
            Self::LowResolution => "low_resolution",
            Self::UnusualShape => "unusual_shape",
        }
    }
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// One of the pictures cannot be used; trying again would not help.
    #[error("{0}")]
    Refused(Refusal),
    /// The caller asked to stop.
    #[error("the try-on was stopped")]
    Stopped,
    /// The engine itself failed.
    #[error("the try-on engine failed: {0}")]
    Internal(String),
}

impl From<Refusal> for FitError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Why the engine could not be loaded.
#[derive(Debug, thiserror::Error)]
#[error("the pose networks could not be loaded: {0}")]
pub struct EngineError(pub(crate) String);
