//! From a silhouette to soft edges with clean colours.

use crate::planes::{Colour, Mask, Plane, dilate, erode, gaussian, halve, halve_colour, normalised_blur_colour};

use super::segment::core_of;

/// Below this squared contrast the edge cannot be placed by colour.
const LEAST_CONTRAST: f32 = 900.0;

/// The garment's own colours and its opacity.
pub(super) struct Matte {
    /// Colours without any background in them, also just outside the silhouette.
    pub(super) colour: Colour,
    /// Opacity, 0 to 1.
    pub(super) alpha: Plane,
}

/// Places the edge of the silhouette between two pixels by comparing the colours around it with those inside and
/// outside, and replaces the mixed colours there.
pub(super) fn matte(picture: &Colour, silhouette: &Mask) -> Matte {
    let core = core_of(silhouette);
    let band = dilate(silhouette, 3);
    let inner = erode(silhouette, 5);
    let outside = dilate(silhouette, 7).not();
    let garment = Nearby::new(picture, &core, 3.0, 14.0);
    let background = Nearby::new(picture, &outside, 6.0, 40.0);
    let near = dilate(silhouette, 13);
    let mut colour = picture.clone();
    let mut alpha = core.to_plane();
    for index in 0..alpha.data.len() {
        if core.data[index] || !near.data[index] {
            continue;
        }
        let (x, y) = (index % picture.width, index / picture.width);
        let (front, back, here) = (garment.at(x, y), background.at(x, y), picture.index(index));
        let axis: [f32; 3] = std::array::from_fn(|c| front[c] - back[c]);
        let contrast: f32 = axis.iter().map(|v| v * v).sum();
        let along: f32 = (0..3).map(|c| (here[c] - back[c]) * axis[c]).sum();
        let share = (along / contrast.max(60.0)).clamp(0.0, 1.0);
        let share = ((share - 0.25) / 0.6).clamp(0.0, 1.0);
        alpha.data[index] = if contrast < LEAST_CONTRAST {
            f32::from(u8::from(inner.data[index]))
        } else if band.data[index] {
            share
        } else {
            0.0
        };
        let own = ((share - 0.9) / 0.1).clamp(0.0, 1.0);
        colour.set_index(index, std::array::from_fn(|c| front[c] + (here[c] - front[c]) * own));
    }
    Matte { colour, alpha: gaussian(&alpha, 0.7) }
}

/// The mean colour of the pixels of a mask around any place, at reduced resolution since it is smooth anyway.
struct Nearby {
    close: Colour,
    close_weight: Plane,
    far: Colour,
}

impl Nearby {
    fn new(picture: &Colour, mask: &Mask, sigma: f32, wide_sigma: f32) -> Self {
        let weight = mask.to_plane();
        let half_weight = halve(&weight);
        // Halving the weighted colours, not the colours, keeps those beyond the mask out.
        let weighted = halve_colour(&picture.map_channels(|channel| channel.zip(&weight, |v, w| v * w)));
        let half = weighted.map_channels(|channel| channel.zip(&half_weight, |v, w| v / w.max(1e-6)));
        let near = normalised_blur_colour(&half, &half_weight, sigma / 2.0);
        let quarter_weight = halve(&half_weight);
        let weighted = halve_colour(&weighted);
        let quarter = weighted.map_channels(|channel| channel.zip(&quarter_weight, |v, w| v / w.max(1e-6)));
        let far = normalised_blur_colour(&quarter, &quarter_weight, wide_sigma / 4.0);
        Self { close: near.value, close_weight: near.weight, far: far.value }
    }

    fn at(&self, x: usize, y: usize) -> [f32; 3] {
        let (u, v) = ((x as f32 - 0.5) / 2.0, (y as f32 - 0.5) / 2.0);
        if self.close_weight.sample(u, v) > 0.02 {
            self.close.sample(u, v)
        } else {
            self.far.sample((x as f32 - 1.5) / 4.0, (y as f32 - 1.5) / 4.0)
        }
    }
}
