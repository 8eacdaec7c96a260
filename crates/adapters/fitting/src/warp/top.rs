//! A whole top, drawn onto a person.

use super::cloth::Cloth;
use super::frame::Frame;
use super::sleeve::{Sleeve, sleeve_mesh};
use super::texture::Texture;
use super::torso::torso_mesh;
use crate::garment::{CutOut, TopLandmarks};
use crate::geometry::{Point, pt};
use crate::outcome::Category;
use crate::person::{Person, Side};
use crate::planes::Area;

/// A top, a dress or a jacket as layers over the photo, and where it came to lie.
pub(crate) struct FittedTop {
    pub(crate) category: Category,
    pub(crate) torso: Texture,
    /// Empty for a sleeveless top.
    pub(crate) sleeves: Vec<Sleeve>,
    /// The ends of the collar in the photo.
    pub(crate) collar: [Point; 2],
    /// Photo pixels per garment pixel.
    pub(crate) scale: f32,
    /// Where the hem is: 0 at the shoulders, 1 at the hips.
    pub(crate) hem: f32,
}

impl FittedTop {
    pub(super) fn within(&self, area: &Area) -> Self {
        let corner = pt(area.left as f32, area.top as f32);
        let sleeves = self.sleeves.iter().map(|sleeve| Sleeve { layer: sleeve.layer.cropped(area), ..*sleeve });
        Self { torso: self.torso.cropped(area), sleeves: sleeves.collect(), collar: self.collar.map(|p| p - corner), ..*self }
    }
}

/// Fits a garment that hangs from the shoulders to a person.
pub(crate) fn fit_top(person: &Person, cut: &CutOut, garment: &TopLandmarks, category: Category) -> FittedTop {
    let frame = Frame::new(person, garment, category);
    let (w, h) = (person.width(), person.height());
    let cloth = Cloth::new(cut, frame.scale);
    let torso = torso_mesh(person, garment, &frame);
    let without_back = cloth.masked(|p| in_front_of_collar(garment, p, 1.0 / cloth.scale));
    let sleeves = garment.sleeves.as_ref().map_or_else(Vec::new, |contours| {
        Side::BOTH
            .map(|side| {
                let i = side.index();
                let (mesh, length) = sleeve_mesh(person, garment, &contours[i], &frame, side, torso.armpits[i]);
                let own = cloth.masked(|p| beyond_seam(garment, side, p));
                Sleeve { side, layer: cloth.draw(&own, &mesh, w, h), length }
            })
            .into()
    });
    FittedTop {
        category,
        torso: cloth.draw(&without_back, &torso.mesh, w, h),
        sleeves,
        collar: frame.collar,
        scale: frame.scale,
        hem: frame.hem / frame.hip,
    }
}

/// Share of the pixel at a garment position that belongs to the front: not the inside of the back that shows through
/// the neck hole. Sampled finely, for the edge of the neckline to be smooth.
fn in_front_of_collar(garment: &TopLandmarks, p: Point, pixel: f32) -> f32 {
    const FINE: usize = 4;
    if garment.neckline.is_none_or(|line| p.y > line.bottom + pixel) {
        return 1.0;
    }
    let offset = |i: usize| ((i as f32 + 0.5) / FINE as f32 - 0.5) * pixel;
    let back = (0..FINE * FINE).filter(|i| garment.shows_back(p + pt(offset(i % FINE), offset(i / FINE)))).count();
    1.0 - back as f32 / (FINE * FINE) as f32
}

/// 1 on the sleeve's side of the seam from shoulder to armpit, 0 on the torso's, over three pixels.
fn beyond_seam(garment: &TopLandmarks, side: Side, p: Point) -> f32 {
    let (shoulder, armpit) = (garment.shoulders[side.index()], garment.armpits[side.index()]);
    let normal = (armpit - shoulder).normalised().turned();
    let normal = if normal.x * side.sign() < 0.0 { -normal } else { normal };
    let beyond = (((p - shoulder).dot(normal) + 3.0) / 3.0).clamp(0.0, 1.0);
    // Below the armpit the seam's line would cut through the torso.
    let below = ((p.y - armpit.y) / 3.0).clamp(0.0, 1.0);
    let inside = (1.5 - (p.x - armpit.x) * side.sign() / 3.0).clamp(0.0, 1.0);
    beyond * (1.0 - below * inside)
}
