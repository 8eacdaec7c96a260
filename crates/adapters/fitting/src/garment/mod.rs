//! The garment's picture: cutting the garment out of a plain background and finding its landmarks.
//!
//! [`cut_out()`] comes first and fixes the *cut-out space*: the picture scaled to at most 900 pixels and, when the
//! garment lies askew, turned upright. All landmarks are pixel coordinates in that space, `x` to the right and `y`
//! downwards. Left and right are those of the picture, not of the wearer: index 0 is the left.

mod armholes;
mod background;
mod bottoms;
mod cut_out;
mod landmarks;
mod matte;
mod neckline;
mod opening;
mod outline;
mod segment;
mod silhouette;
mod sleeves;
mod symmetry;
#[cfg(test)]
mod tests;
mod watershed;

pub(crate) use bottoms::{BottomLandmarks, Legs, landmarks_of_bottom};
pub(crate) use cut_out::{CutOut, cut_out};
pub(crate) use landmarks::{TopLandmarks, landmarks_of_top};
pub(crate) use opening::clear_opening;
pub(crate) use silhouette::silhouette_kind;
pub(crate) use sleeves::SleeveContour;
