//! Skin where clothing was.

use super::Scene;
use crate::geometry::{pt, smoothstep};
use crate::person::{Label, Person};
use crate::planes::{Colour, Knot, Plane, inpaint, median, radii_from_axis};

/// How light painted skin is at the edge of a limb: darker, and it has a dark rim where it mixes with what is behind.
const AT_EDGE: f32 = 0.80;
/// … and on the side that faces the viewer.
const IN_FRONT: f32 = 1.05;

/// Skin is nowhere darker than this share of the face's lightness.
const DARKEST: f32 = 0.25;

/// Paints skin that continues the skin seen in the photo.
pub(super) struct SkinPainter {
    /// The colours of the visible skin, continued everywhere.
    continued: Colour,
    /// The middle colour of arms, hands and legs; of the face when they are not seen.
    usual: [f32; 3],
    /// Width of the largest blotches, in pixels.
    blotch: f32,
}

impl SkinPainter {
    pub(super) fn new(scene: &Scene<'_>) -> Self {
        let person = scene.whole;
        let skin = person.labels.of(Label::Skin);
        let [face, limbs] = usual_skin(person);
        // Lips, brows, nails and shadows are skin by label, but nothing to continue.
        let sound = Plane::from_fn(skin.width, skin.height, |x, y| {
            let usual_light = lightness(person.photo.get(x, y)) / lightness(face).max(1.0);
            if skin.get(x, y) > 0.85 && (0.7..1.35).contains(&usual_light) { 1.0 } else { 0.0 }
        });
        let continued = inpaint(&person.photo, &sound).cropped(&scene.area);
        Self { continued, usual: limbs, blotch: 0.11 * person.body.shoulder_width }
    }

    /// The colour of skin at `(x, y)`, shaded as on a limb when there is one.
    fn at(&self, x: usize, y: usize, limb: Option<&[Knot]>) -> [f32; 3] {
        let continued = self.continued.get(x, y);
        let round = limb.map_or(1.0, |limb| {
            let off = radii_from_axis(limb, pt(x as f32, y as f32));
            AT_EDGE + (IN_FRONT - AT_EDGE) * (1.0 - off * off).max(0.0).sqrt()
        });
        // Skin is lighter here and redder there, over a few lengths.
        let (light, red) = (self.blotches(x, y, 1.0), self.blotches(x, y, 1.7));
        let k = round * (1.0 + 0.010 * grain(x, y) + 0.014 * light);
        let tint = [1.0 + 0.010 * red, 1.0 - 0.006 * red, 1.0 - 0.008 * red];
        std::array::from_fn(|c| (continued[c] * 0.6 + self.usual[c] * 0.4) * k * tint[c])
    }

    /// Paints skin over a picture, `share` from 0 (unchanged) to 1 (all skin).
    pub(super) fn paint(&self, picture: &mut Colour, share: &Plane, limb: Option<&[Knot]>) {
        for y in 0..share.height {
            for x in 0..share.width {
                let a = share.get(x, y);
                if a > 0.003 {
                    let i = y * share.width + x;
                    let (under, skin) = (picture.index(i), self.at(x, y, limb));
                    picture.set_index(i, std::array::from_fn(|c| under[c] + (skin[c] - under[c]) * a));
                }
            }
        }
    }
}

impl SkinPainter {
    /// Smooth repeatable noise of about -1..=1 in two sizes; another one for every `stretch`.
    fn blotches(&self, x: usize, y: usize, stretch: f32) -> f32 {
        let size = self.blotch * stretch;
        0.6 * smooth_grain(x, y, size) + 0.4 * smooth_grain(x, y, 0.4 * size)
    }
}

/// The middle colours of the skin that is seen: of the face, and of arms, hands and legs. Either stands for the other where
/// that is not seen.
fn usual_skin(person: &Person) -> [[f32; 3]; 2] {
    let (skin, head) = (person.labels.of(Label::Skin), &person.body.head);
    let mut face: [Vec<f32>; 3] = Default::default();
    let mut limbs: [Vec<f32>; 3] = Default::default();
    for (i, _) in skin.data.iter().enumerate().filter(|(_, s)| **s > 0.7) {
        let p = pt((i % skin.width) as f32, (i / skin.width) as f32);
        let kind = if p.distance(head.centre) < head.radius { &mut face } else { &mut limbs };
        for (values, v) in kind.iter_mut().zip(person.photo.index(i)) {
            values.push(v);
        }
    }
    let face = if face[0].len() > 60 { face.map(|mut v| median(&mut v)) } else { [200.0, 160.0, 140.0] };
    [face, if limbs[0].len() > 400 { limbs.map(|mut v| median(&mut v)) } else { face }]
}

/// What is labelled as skin and not much darker than skin: the insides of collars and cuffs are.
pub(super) fn lit_skin(scene: &Scene<'_>) -> Plane {
    let [face, _] = usual_skin(scene.whole);
    let near = &scene.near;
    let skin = near.labels.of(Label::Skin);
    Plane::from_fn(skin.width, skin.height, |x, y| {
        let light = lightness(near.photo.get(x, y)) / lightness(face).max(1.0);
        skin.get(x, y) * ((light - DARKEST) / 0.15).clamp(0.0, 1.0)
    })
}

fn lightness(c: [f32; 3]) -> f32 {
    0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2]
}

/// Grain on a lattice of `size` pixels, and smooth in between.
fn smooth_grain(x: usize, y: usize, size: f32) -> f32 {
    let size = size.max(2.0);
    let (u, v) = (x as f32 / size, y as f32 / size);
    let (s, t) = (smoothstep(u.fract()), smoothstep(v.fract()));
    let at = |i: usize, j: usize| grain(u as usize + i, v as usize + j);
    let (upper, lower) = (at(0, 0) * (1.0 - s) + at(1, 0) * s, at(0, 1) * (1.0 - s) + at(1, 1) * s);
    upper * (1.0 - t) + lower * t
}

/// Repeatable noise of about -1..=1: without any, painted skin looks like wax.
fn grain(x: usize, y: usize) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77);
    let mut sum = 0.0;
    for _ in 0..3 {
        h ^= h << 13;
        h ^= h >> 17;
        h ^= h << 5;
        sum += (h & 0xFFFF) as f32 / 65535.0 - 0.5;
    }
    sum / 0.75
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grain_is_small_centred_and_repeatable() {
        let values: Vec<f32> = (0..4000).map(|i| grain(i % 63, i / 63)).collect();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!(mean.abs() < 0.05, "{mean}");
        assert!(values.iter().all(|v| v.abs() <= 2.0));
        assert_eq!(grain(7, 9), grain(7, 9));
    }
}
