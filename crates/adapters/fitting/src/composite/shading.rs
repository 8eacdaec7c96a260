//! Light and folds for the new garment, taken from the old one and from its own shape.

use crate::person::{Label, Person};
use crate::planes::{Normalised, Plane, distance_inside, doubled, gaussian, halve, lightness, normalised_blur, percentile};

/// How much of the old clothing's shading is taken over.
const STRENGTH: f32 = 0.5;
/// Old clothing above this spread of lightness is patterned, and its shading less and less to be trusted.
const PLAIN_SPREAD: f32 = 11.0;

/// Factors around 1 for the new garment, where that is to `cover` the picture: broad light and fold-sized detail of the
/// clothing worn in the photo, where `old` says how surely it is.
pub(crate) fn light_of_old_clothing(person: &Person, old: &Plane, cover: &Plane) -> Plane {
    let worn = old.map(|v| f32::from(v > 0.6));
    let total = worn.sum() as f32;
    if total < 400.0 {
        return Plane::filled(old.width, old.height, 1.0);
    }
    let light = lightness(&person.photo);
    let over_worn =
        |f: &dyn Fn(f32) -> f32| light.data.iter().zip(&worn.data).map(|(l, w)| f64::from(f(*l) * w)).sum::<f64>() as f32 / total;
    let mean = over_worn(&|l| l);
    let spread = over_worn(&|l| (l - mean).powi(2)).sqrt();
    let strength = STRENGTH * (1.0 - (spread - PLAIN_SPREAD) / 14.0).clamp(0.25, 1.0);

    let sw = person.body.shoulder_width;
    let sigma = 0.10 * sw;
    let broad = coarsely(&light, &worn, 4.0 * sigma);
    let near = coarsely(&light, &worn, sigma);
    let fine = normalised_blur(&light, &worn, 0.28 * sigma);
    let mut factors = Plane::filled(light.width, light.height, 1.0);
    let mut sum = 0.0;
    for i in 0..factors.data.len() {
        if worn.data[i] == 0.0 && cover.data[i] == 0.0 {
            continue;
        }
        let near_known = (near.weight.data[i] * 2.5).min(1.0);
        let broad_known = (broad.weight.data[i] * 4.0).min(1.0);
        let far = broad.value.data[i] * broad_known + mean * (1.0 - broad_known);
        let base = near.value.data[i] * near_known + far * (1.0 - near_known);
        let broad_light = ((base + 18.0) / (mean + 18.0)).clamp(0.62, 1.35).powf(strength);
        sum += f64::from(broad_light * worn.data[i]);
        let fold = ((fine.value.data[i] + 14.0) / (near.value.data[i] + 14.0)).clamp(0.8, 1.2).powf(strength * 1.1);
        let fold_known = (fine.weight.data[i] * 2.0 - 1.0).clamp(0.0, 1.0);
        factors.data[i] = broad_light * (fold * fold_known + 1.0 - fold_known);
    }
    let level = (sum as f32 / total).max(0.85);
    factors.map(|v| v / level)
}

/// The mean of a picture over the pixels that count, by a wide blur: at a quarter of the size.
fn coarsely(plane: &Plane, weight: &Plane, sigma: f32) -> Normalised {
    let quarter = |p: &Plane| halve(&halve(p));
    let small = quarter(weight);
    // Quartering the weighted values, not the values, keeps those that do not count out.
    let mean = quarter(&plane.zip(weight, |v, w| v * w)).zip(&small, |v, w| v / w.max(1e-6));
    let blurred = normalised_blur(&mean, &small, sigma / 4.0);
    let half = (plane.width.div_ceil(2), plane.height.div_ceil(2));
    let whole = |p: &Plane| doubled(&doubled(p, half.0, half.1), plane.width, plane.height);
    Normalised { value: whole(&blurred.value), weight: whole(&blurred.weight) }
}

/// Darkening towards the edges of a layer, as cloth turns away from the viewer; `rim` in pixels.
pub(crate) fn roundness(alpha: &Plane, rim: f32) -> Plane {
    distance_inside(&alpha.mask(|a| a > 0.5)).map(|d| 0.86 + 0.14 * (d / rim).min(1.0).sqrt())
}

/// How dark the photo's white is: the factor for a garment photographed on pure white.
pub(crate) fn exposure(person: &Person) -> f32 {
    let brightest = |i: usize| person.photo.index(i).into_iter().fold(0.0, f32::max);
    let skin = person.labels.of(Label::Skin);
    let mut all: Vec<f32> = (0..skin.data.len()).step_by(3).map(brightest).collect();
    let mut on_skin: Vec<f32> = (0..skin.data.len()).filter(|&i| skin.data[i] > 0.6).map(|i| person.photo.index(i)[0]).collect();
    let white = percentile(&mut all, 0.98);
    let lit_skin = if on_skin.len() > 50 { percentile(&mut on_skin, 0.9) * 1.12 } else { 0.0 };
    (white.max(lit_skin) / 248.0).clamp(0.80, 1.03)
}

/// The soft shadow of `caster`, moved `down` pixels, where the caster itself is not.
pub(crate) fn shadow_below(caster: &Plane, down: usize, blur: f32) -> Plane {
    let moved = Plane::from_fn(caster.width, caster.height, |x, y| if y >= down { caster.get(x, y - down) } else { 0.0 });
    gaussian(&moved, blur).zip(caster, |s, c| s * (1.0 - c))
}
