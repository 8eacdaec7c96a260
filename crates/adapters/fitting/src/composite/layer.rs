//! One layer of cloth over the picture so far: its light, its rounded edge and its shadow.

use super::shading::roundness;
use crate::planes::{Colour, Plane, gaussian};
use crate::warp::Texture;

/// Shadow a layer throws on what is behind it.
const CONTACT_SHADOW: f32 = 0.26;
/// Shadow that hands and hair throw on the garment.
const FRONT_SHADOW: f32 = 0.30;

/// What lights a layer and what is around it; all planes at the photo's size.
pub(super) struct Setting<'a> {
    /// What is in front, 0..=1.
    pub(super) front: &'a Plane,
    /// Light and folds, factors around 1.
    pub(super) light: &'a Plane,
    /// Exposure of the photo, a factor.
    pub(super) level: f32,
    /// What the layer's shadow falls on, 0..=1.
    pub(super) below: &'a Plane,
}

/// Widths in pixels of a layer's rounded edge and of its shadow.
pub(super) struct Rim {
    pub(super) width: f32,
    pub(super) shadow: f32,
}

/// Draws a layer whose edge is rounded.
pub(super) fn put(out: &mut Colour, layer: &Texture, alpha: &Plane, rim: &Rim, setting: &Setting<'_>) {
    let round = roundness(alpha, rim.width);
    put_shaped(out, layer, alpha, &round, rim.shadow, setting);
}

/// Draws a layer with a given roundness (factors), and its shadow.
pub(super) fn put_shaped(out: &mut Colour, layer: &Texture, alpha: &Plane, round: &Plane, shadow: f32, setting: &Setting<'_>) {
    let shadow = gaussian(alpha, shadow);
    for (i, px) in layer.pixels.iter().enumerate() {
        let visible = 1.0 - setting.front.data[i];
        let shade = 1.0 - CONTACT_SHADOW * shadow.data[i] * (1.0 - alpha.data[i]) * setting.below.data[i] * visible;
        let a = px[3] * visible;
        if a <= 0.0 && shade > 0.999 {
            continue;
        }
        let k = setting.light.data[i] * round.data[i] * setting.level;
        let under = out.index(i);
        let colour = |c: usize| (px[c] / px[3].max(1e-3) * k).min(255.0);
        out.set_index(i, std::array::from_fn(|c| under[c] * shade * (1.0 - a) + colour(c) * a));
    }
}

/// Darkens the garment where something in front throws its shadow.
pub(super) fn front_shadow(out: &mut Colour, shadow: &Plane, cover: &Plane) {
    let by = shadow.zip(cover, |s, c| FRONT_SHADOW * s * c);
    for channel in &mut out.channels {
        channel.zip_in_place(&by, |v, d| v * (1.0 - d));
    }
}
