//! Bends a flat garment onto the body: a mesh of cross-sections for the torso, one for each sleeve.

mod frame;
mod mesh;
mod sleeve;
mod texture;
mod top;
mod torso;

pub(crate) use self::sleeve::CUFF_OVER_WRIST;
pub(crate) use self::texture::Texture;
pub(crate) use self::top::{FittedTop, fit_top};
