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

/// A garment laid on a person.
pub(crate) enum Dressed {
    /// Hanging from the shoulders: tops, dresses, jackets.
    Top(FittedTop),
    /// Hanging from the waist.
    Bottom(FittedBottom),
}
