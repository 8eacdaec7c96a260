//! Why a picture cannot be used, in words for the person who supplied it.

/// A picture the engine will not work with. Trying the same pictures again gives the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// Nobody was found in the person's photo.
    NoPerson,
    /// More than one person of similar size is in the photo.
    SeveralPeople,
    /// The body parts the garment has to cover are outside the frame.
    PoseCutOff,
    /// The person is turned too far away from the camera.
    PoseNotFrontal,
    /// The pose is one this category of garment cannot be fitted to.
    PoseUnsupported,
    /// What the person wears now could not be told from the rest of the picture.
    ClothingUnclear,
    /// No garment stands out from the background.
    GarmentNotFound,
    /// The garment is not on a plain background.
    GarmentBackgroundNotPlain,
    /// The garment runs out of the frame.
    GarmentCutOff,
    /// Somebody wears the garment.
    GarmentWorn,
    /// Shoulders, hem or cuffs of the garment could not be located.
    GarmentLandmarks,
    /// The garment is not of the category it was sent in as.
    CategoryMismatch,
    /// Two of the garments take the same place on the body.
    NotWornTogether,
    /// A picture is too small to work with.
    PictureTooSmall,
}

impl Refusal {
    /// Every refusal, for documentation and for tests of exhaustiveness.
    pub const ALL: [Self; 14] = [
        Self::NoPerson,
        Self::SeveralPeople,
        Self::PoseCutOff,
        Self::PoseNotFrontal,
        Self::PoseUnsupported,
        Self::ClothingUnclear,
        Self::GarmentNotFound,
        Self::GarmentBackgroundNotPlain,
        Self::GarmentCutOff,
        Self::GarmentWorn,
        Self::GarmentLandmarks,
        Self::CategoryMismatch,
        Self::NotWornTogether,
        Self::PictureTooSmall,
    ];

    /// The stable code, in `snake_case`.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoPerson => "no_person",
            Self::SeveralPeople => "several_people",
            Self::PoseCutOff => "pose_cut_off",
            Self::PoseNotFrontal => "pose_not_frontal",
            Self::PoseUnsupported => "pose_unsupported",
            Self::ClothingUnclear => "clothing_unclear",
            Self::GarmentNotFound => "garment_not_found",
            Self::GarmentBackgroundNotPlain => "garment_background_not_plain",
            Self::GarmentCutOff => "garment_cut_off",
            Self::GarmentWorn => "garment_worn",
            Self::GarmentLandmarks => "garment_landmarks",
            Self::CategoryMismatch => "category_mismatch",
            Self::NotWornTogether => "not_worn_together",
            Self::PictureTooSmall => "picture_too_small",
        }
    }

    /// What is wrong, in one sentence.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::NoPerson => "No person was found in the photo.",
            Self::SeveralPeople => "There is more than one person in the photo.",
            Self::PoseCutOff => "The part of the body the garment covers is outside the photo.",
            Self::PoseNotFrontal => "The person is turned away from the camera.",
            Self::PoseUnsupported => "This kind of garment cannot be fitted to this pose.",
            Self::ClothingUnclear => "The clothes in the photo could not be told from the rest of the picture.",
            Self::GarmentNotFound => "No garment was found in the picture.",
            Self::GarmentBackgroundNotPlain => "The garment is not on a plain background.",
            Self::GarmentCutOff => "The garment is cut off by the edge of the picture.",
            Self::GarmentWorn => "Somebody wears the garment in its picture.",
            Self::GarmentLandmarks => "The shape of the garment could not be made out.",
            Self::CategoryMismatch => "The garment does not look like the category it was sent in as.",
            Self::NotWornTogether => "These garments are not worn together.",
            Self::PictureTooSmall => "The picture is too small.",
        }
    }

    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::NoPerson => "Use a sharp photo of one person who fills most of the height.",
            Self::SeveralPeople => "Use a photo with one person only, or crop the others away.",
            Self::PoseCutOff => "Use a photo from the head down to the hips, for trousers, skirts and dresses down to the feet.",
            Self::PoseNotFrontal => "Face the camera, with both shoulders visible.",
            Self::PoseUnsupported => {
                "Stand upright, with the arms a little away from the body; only tops and jackets fit someone who sits."
            }
            Self::ClothingUnclear => "Wear something close-fitting that differs from the background.",
            Self::GarmentNotFound => "Lay the garment flat on a plain background of another colour.",
            Self::GarmentBackgroundNotPlain => "Photograph the garment on one plain, evenly lit surface.",
            Self::GarmentCutOff => "Leave some background free on every side of the garment.",
            Self::GarmentWorn => "Use a picture of the garment alone, laid flat on a plain background.",
            Self::GarmentLandmarks => "Lay the garment flat, front up, with the sleeves spread away from the body.",
            Self::CategoryMismatch => "Choose the category that fits the garment, or another picture of it.",
            Self::NotWornTogether => {
                "Choose one garment for each part of the body: a top and a bottom, or a dress, and a jacket over them."
            }
            Self::PictureTooSmall => "Use a picture of at least 200 pixels on its shorter side.",
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.message())
    }
}
