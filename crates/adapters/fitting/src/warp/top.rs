//! A whole top, drawn onto a person.

use super::frame::Frame;
use super::sleeve::{Sleeve, sleeve_mesh};
use super::texture::Texture;
use super::torso::torso_mesh;
use crate::garment::{CutOut, TopLandmarks};
use crate::geometry::{Point, pt};
use crate::person::{Person, Side};

/// A top as layers over the photo, and where it came to lie.
pub(crate) struct FittedTop {
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

/// Fits a top to a person.
pub(crate) fn fit_top(person: &Person, cut: &CutOut, garment: &TopLandmarks) -> FittedTop {
    let frame = Frame::new(person, garment);
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
        torso: cloth.draw(&without_back, &torso.mesh, w, h),
        sleeves,
        collar: frame.collar,
        scale: frame.scale,
        hem: frame.hem / frame.hip,
    }
}

/// The garment at about the resolution it is drawn at.
struct Cloth {
    texture: Texture,
    /// Texture pixels per garment pixel.
    scale: f32,
}

impl Cloth {
    fn new(cut: &CutOut, drawn_at: f32) -> Self {
        let full = Texture::from_cut_out(&cut.rgb, &cut.alpha);
        // A little more than the drawn resolution: bilinear sampling softens.
        let scale = (drawn_at * 1.3).min(1.0);
        let texture = if scale < 0.95 { full.shrunk(scale) } else { full };
        let scale = if scale < 0.95 { scale } else { 1.0 };
        Self { texture, scale }
    }

    /// A copy with its alpha multiplied by what `keep` says at each garment position.
    fn masked(&self, keep: impl Fn(Point) -> f32) -> Texture {
        let mut out = self.texture.clone();
        for (i, px) in out.pixels.iter_mut().enumerate() {
            if px[3] > 0.0 {
                let p = pt((i % out.width) as f32, (i / out.width) as f32);
                let k = keep((p + pt(0.5, 0.5)) * (1.0 / self.scale) - pt(0.5, 0.5));
                px.iter_mut().for_each(|v| *v *= k);
            }
        }
        out
    }

    fn draw(&self, texture: &Texture, mesh: &super::mesh::Mesh, width: usize, height: usize) -> Texture {
        mesh.draw(texture, self.scale, width, height)
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
