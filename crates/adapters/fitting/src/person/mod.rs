//! The person of a photo: joints, measures, outline and labels.

mod body;
mod colour_model;
mod labels;
mod priors;
mod shapes;
mod silhouette;

use image::RgbImage;

pub(crate) use self::body::{Body, Limbs, Side};
pub(crate) use self::labels::{Label, LabelMap};
pub(crate) use self::priors::logistic;
pub(crate) use self::shapes::{Capsule, Polygon, distance_to_line};
pub(crate) use self::silhouette::{Silhouettes, march};

use crate::planes::{Colour, GuidedFilter, Plane};

/// A photo taken apart.
pub(crate) struct Person {
    /// The photo, 0..=255.
    pub(crate) photo: Colour,
    pub(crate) body: Body,
    pub(crate) labels: LabelMap,
    pub(crate) silhouettes: Silhouettes,
}

impl Person {
    /// Labels a photo whose body was measured; `mask` is the coarse outline, row by row.
    pub(crate) fn analyse(picture: &RgbImage, body: Body, mask: Vec<f32>) -> Self {
        let photo = Colour::from_rgb(picture);
        let coarse = Plane {
            width: photo.width,
            height: photo.height,
            data: mask,
        };
        let mask = refine_outline(&photo, &coarse);
        let labels = labels::label(&photo, &mask, &body);
        let silhouettes = Silhouettes::new(&mask, &labels, &body);
        Self {
            photo,
            body,
            labels,
            silhouettes,
        }
    }

    /// Pixels per row of the photo.
    pub(crate) const fn width(&self) -> usize {
        self.photo.width
    }

    /// Rows of the photo.
    pub(crate) const fn height(&self) -> usize {
        self.photo.height
    }
}

/// Draws the network's outline, which is four pixels wide in the photo, to the edges of the photo itself.
fn refine_outline(photo: &Colour, coarse: &Plane) -> Plane {
    let radius = (photo.width.max(photo.height) / 100).max(4);
    GuidedFilter::new(photo, radius, 1e-4)
        .filter(coarse)
        .map(|m| ((m - 0.15) / 0.7).clamp(0.0, 1.0))
}
