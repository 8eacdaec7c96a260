//! The person of a photo: joints, measures, outline and labels.

mod body;
mod colour_model;
mod labels;
mod priors;
mod silhouette;

use image::RgbImage;

pub(crate) use self::body::{Body, Side};
pub(crate) use self::labels::{Label, LabelMap};
pub(crate) use self::priors::logistic;
pub(crate) use self::silhouette::{Silhouettes, march};

use crate::geometry::pt;
use crate::planes::{Area, Colour, GuidedFilter, Plane};

/// Where the network's outline is below this, there is nobody.
const SOMEBODY: f32 = 0.03;

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
        let coarse = Plane { width: photo.width, height: photo.height, data: mask };
        let mask = refine_outline(&photo, &coarse);
        let labels = labels::label(&photo, &mask, &body);
        let silhouettes = Silhouettes::new(&mask, &labels, &body);
        Self { photo, body, labels, silhouettes }
    }

    /// Whether the outline runs over the shoulder joints at the height of shoulders. Under a bulky suit neither side does.
    pub(crate) fn shoulders_plausible(&self) -> bool {
        let sw = self.body.shoulder_width;
        Side::BOTH.into_iter().any(|side| {
            let direction = (self.body.across * (side.sign() * 0.35) - self.body.down).normalised();
            march(&self.silhouettes.without_hair, self.body.limbs(side).shoulder, direction, 0.34 * sw).is_some_and(|d| d > 0.08 * sw)
        })
    }

    /// The part of the photo in the area, taken apart in the same way.
    pub(crate) fn within(&self, area: &Area) -> Self {
        Self {
            photo: self.photo.cropped(area),
            body: self.body.seen_from(pt(area.left as f32, area.top as f32)),
            labels: self.labels.cropped(area),
            silhouettes: self.silhouettes.cropped(area),
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
    let mut refined = Plane::new(photo.width, photo.height);
    if let Some(area) = Area::around(&coarse.data, coarse.width, |m| *m > SOMEBODY) {
        let area = area.grown(2 * radius, 2 * radius, (photo.width, photo.height));
        let filtered = GuidedFilter::new(&photo.cropped(&area), radius, 1e-4).filter(&coarse.cropped(&area));
        refined.paste(&filtered.map(|m| ((m - 0.15) / 0.7).clamp(0.0, 1.0)), &area);
    }
    refined
}
