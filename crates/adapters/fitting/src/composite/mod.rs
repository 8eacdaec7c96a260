//! Puts the layers together: the photo without the old garment, the new one, and what is in front of it.

mod behind;
mod bottom;
mod continued;
mod front;
mod layer;
mod legs;
mod neutralise;
mod shading;
mod skin;
mod top;

use image::RgbImage;

use crate::person::Person;
use crate::planes::Plane;
use crate::warp::Dressed;

/// The finished picture.
pub(crate) struct Composite {
    pub(crate) picture: RgbImage,
    /// Share of the old clothing that the new garment did not cover.
    pub(crate) repainted: f32,
    /// Where the new garment is, 0..=1.
    pub(crate) cover: Plane,
}

/// Composes a fitted garment over the photo; `tucked` says that a bottom goes over what is worn above.
pub(crate) fn compose(person: &Person, dressed: &Dressed, tucked: bool) -> Composite {
    match dressed {
        Dressed::Top(fitted) => top::compose(person, fitted),
        Dressed::Bottom(fitted) => bottom::compose(person, fitted, tucked),
    }
}
