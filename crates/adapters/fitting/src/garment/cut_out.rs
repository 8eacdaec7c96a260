//! From the garment's picture to the garment alone.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use crate::planes::{Colour, Mask, Plane, gaussian_colour, to_lab};
use crate::refusal::Refusal;

use super::background::Background;
use super::matte::matte;
use super::segment::{Difference, Pass};
use super::symmetry::{self, Axis};

/// The longest side the garment is worked on at.
const LONGEST_SIDE: u32 = 900;
/// The shortest side a picture must have.
const SHORTEST_SIDE: u32 = 64;
/// A silhouette this symmetric is taken as found.
const SYMMETRIC_ENOUGH: f32 = 0.86;
/// How much more symmetric the silhouette of the second pass has to be.
const CLEARLY_BETTER: f32 = 0.08;

/// A garment cut out of its picture, in cut-out space (see the module's description).
#[derive(Clone, Debug)]
pub(crate) struct CutOut {
    /// The garment's colours, 0 to 255, free of the background's; away from the garment they mean nothing.
    pub(crate) rgb: Colour,
    /// Opacity, 0 to 1, with soft edges.
    pub(crate) alpha: Plane,
    /// The silhouette: one component, never touching the edge of the picture.
    pub(crate) mask: Mask,
    /// Pixels of the cut-out per pixel of the picture it was made of; at most 1.
    pub(crate) scale: f32,
    /// By how many degrees the garment was turned clockwise to stand upright; 0 when it lay nearly straight.
    pub(crate) turned: f32,
    /// How well the left half of the silhouette mirrors the right one, 0 to 1.
    pub(crate) symmetry: f32,
    /// Whether the garment hardly differs from the background, so that its edge is uncertain.
    pub(crate) low_contrast: bool,
}

/// Cuts the garment out of a picture with a plain background.
///
/// # Errors
///
/// `PictureTooSmall`, `GarmentBackgroundNotPlain`, `GarmentNotFound` or `GarmentCutOff`.
pub(crate) fn cut_out(picture: &RgbImage) -> Result<CutOut, Refusal> {
    if picture.width().min(picture.height()) < SHORTEST_SIDE {
        return Err(Refusal::PictureTooSmall);
    }
    let (picture, scale) = scaled(picture);
    let found = find(&picture)?;
    let matte = matte(&picture, &found.silhouette);
    let upright = symmetry::upright(&found.axis, matte.colour, matte.alpha, found.silhouette);
    Ok(CutOut {
        rgb: upright.colour,
        alpha: upright.alpha,
        mask: upright.mask,
        scale,
        turned: upright.turned,
        symmetry: found.axis.symmetry,
        low_contrast: found.pass == Pass::LowContrast,
    })
}

/// A silhouette and how it was found.
struct Found {
    silhouette: Mask,
    axis: Axis,
    pass: Pass,
}

fn find(picture: &Colour) -> Result<Found, Refusal> {
    let lab = to_lab(&gaussian_colour(picture, 1.0));
    let background = Background::fit(&lab)?;
    let difference = Difference::new(&lab, background);
    let attempt = |pass: Pass| {
        let silhouette = difference.silhouette(pass)?;
        let axis = Axis::of(&silhouette);
        Ok(Found { silhouette, axis, pass })
    };
    let first: Result<Found, Refusal> = attempt(Pass::Shadowed);
    if first.as_ref().is_ok_and(|found| found.axis.symmetry > SYMMETRIC_ENOUGH) {
        return first;
    }
    match (first, attempt(Pass::LowContrast)) {
        (Ok(first), Ok(second)) if second.axis.symmetry > first.axis.symmetry + CLEARLY_BETTER => Ok(second),
        (Err(_), Ok(second)) => Ok(second),
        (first, _) => first,
    }
}

/// The picture at the working size, and its scale.
fn scaled(picture: &RgbImage) -> (Colour, f32) {
    let longest = picture.width().max(picture.height());
    if longest <= LONGEST_SIDE {
        return (Colour::from_rgb(picture), 1.0);
    }
    let scale = LONGEST_SIDE as f32 / longest as f32;
    let side = |pixels: u32| ((pixels as f32 * scale).round() as u32).max(1);
    let small = shrunk(picture, side(picture.width()), side(picture.height()));
    (Colour::from_rgb(&small), scale)
}

fn shrunk(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    let mut small = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Box));
    let done = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x3)
        .is_ok_and(|source| Resizer::new().resize(&source, &mut small, &options).is_ok());
    debug_assert!(done, "an RGB picture can always be resized");
    RgbImage::from_raw(width, height, small.into_vec()).unwrap_or_default()
}
