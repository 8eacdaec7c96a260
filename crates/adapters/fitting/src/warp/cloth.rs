//! The garment's picture as it is drawn from.

use super::mesh::Mesh;
use super::texture::Texture;
use crate::garment::CutOut;
use crate::geometry::{Point, pt};

/// The garment at about the resolution it is drawn at.
pub(crate) struct Cloth {
    texture: Texture,
    /// Texture pixels per garment pixel.
    pub(crate) scale: f32,
}

impl Cloth {
    pub(crate) fn new(cut: &CutOut, drawn_at: f32) -> Self {
        let full = Texture::from_cut_out(&cut.rgb, &cut.alpha);
        // A little more than the drawn resolution: bilinear sampling softens.
        let scale = (drawn_at * 1.3).min(1.0);
        let texture = if scale < 0.95 { full.shrunk(scale) } else { full };
        let scale = if scale < 0.95 { scale } else { 1.0 };
        Self { texture, scale }
    }

    /// A copy with its alpha multiplied by what `keep` says at each garment position.
    pub(crate) fn masked(&self, keep: impl Fn(Point) -> f32) -> Texture {
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

    pub(crate) fn draw(&self, texture: &Texture, mesh: &Mesh, width: usize, height: usize) -> Texture {
        mesh.draw(texture, self.scale, width, height)
    }
}
