//! Puts the layers together: the photo without the old garment, the new one, and what is in front of it.

mod behind;
mod bottom;
mod front;
mod layer;
mod legs;
mod neutralise;
mod shading;
mod skin;
mod top;

use image::RgbImage;

use crate::person::Person;
use crate::warp::Dressed;

/// The finished picture.
pub(crate) struct Composite {
    pub(crate) picture: RgbImage,
    /// Share of the old clothing that the new garment did not cover.
    pub(crate) repainted: f32,
}

/// Composes a fitted garment over the photo.
pub(crate) fn compose(person: &Person, dressed: &Dressed) -> Composite {
    match dressed {
        Dressed::Top(fitted) => top::compose(person, fitted),
        Dressed::Bottom(fitted) => bottom::compose(person, fitted),
    }
}
