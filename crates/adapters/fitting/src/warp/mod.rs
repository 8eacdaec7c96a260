//! Bends a flat garment onto the body: a mesh of cross-sections for the torso, one for each sleeve,
//! one for the hips and one for each leg.

mod bottom;
mod cloth;
mod frame;
mod mesh;
mod sections;
mod sleeve;
#[cfg(test)]
mod tests;
mod texture;
mod top;
mod torso;

pub(crate) use self::bottom::{FittedBottom, WAIST, fit_bottom};
pub(crate) use self::sleeve::CUFF_OVER_WRIST;
pub(crate) use self::texture::Texture;
pub(crate) use self::top::{FittedTop, fit_top};

use crate::planes::Area;

/// A garment laid on a person.
pub(crate) enum Dressed {
    /// Hanging from the shoulders: tops, dresses, jackets.
    Top(FittedTop),
    /// Hanging from the waist.
    Bottom(FittedBottom),
}

impl Dressed {
    /// All layers, in the order they are drawn.
    pub(crate) fn layers(&self) -> Vec<&Texture> {
        match self {
            Self::Top(top) => [&top.torso].into_iter().chain(top.sleeves.iter().map(|sleeve| &sleeve.layer)).collect(),
            Self::Bottom(bottom) => bottom.legs.iter().chain([&bottom.hips]).collect(),
        }
    }

    /// Where there is cloth.
    pub(crate) fn support(&self) -> Option<Area> {
        self.layers().into_iter().filter_map(Texture::support).reduce(|a, b| a.joined(&b))
    }

    /// The same on the part of the photo in the area.
    pub(crate) fn within(&self, area: &Area) -> Self {
        match self {
            Self::Top(top) => Self::Top(top.within(area)),
            Self::Bottom(bottom) => Self::Bottom(bottom.within(area)),
        }
    }
}
