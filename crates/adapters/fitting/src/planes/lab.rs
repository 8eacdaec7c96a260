//! From sRGB to CIE Lab.

use std::sync::LazyLock;

use super::{Colour, Plane};

/// Steps of the gamma table per eight-bit level, the nearest of which is taken: blurred pictures have values between.
const GAMMA_STEPS: f32 = 16.0;
/// Steps of the cube-root table between 0 and 1.
const ROOT_STEPS: f32 = 4096.0;

static GAMMA: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let linear = |v: f32| if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) };
    (0..=(256 * GAMMA_STEPS as usize)).map(|i| linear(i as f32 / GAMMA_STEPS / 255.0)).collect()
});

static ROOT: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let root = |t: f32| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    (0..=(ROOT_STEPS as usize + 64)).map(|i| root(i as f32 / ROOT_STEPS)).collect()
});

#[inline]
fn linear(gamma: &[f32], level: f32) -> f32 {
    gamma[(level.clamp(0.0, 256.0) * GAMMA_STEPS + 0.5) as usize]
}

#[inline]
fn look_up(table: &[f32], position: f32) -> f32 {
    let position = position.clamp(0.0, (table.len() - 2) as f32);
    let index = position as usize;
    let fraction = position - index as f32;
    table[index] + (table[index + 1] - table[index]) * fraction
}

/// CIE Lab (D65) of an sRGB colour of 0 to 255: lightness from 0 to 100, the colour axes from about -127 to 127.
pub(crate) fn lab_of(rgb: [f32; 3]) -> [f32; 3] {
    converted(&GAMMA, &ROOT, rgb)
}

#[inline]
fn converted(gamma: &[f32], root: &[f32], [r, g, b]: [f32; 3]) -> [f32; 3] {
    let [r, g, b] = [r, g, b].map(|v| linear(gamma, v));
    let x = (0.412_453 * r + 0.357_580 * g + 0.180_423 * b) / 0.950_456;
    let y = luminance([r, g, b]);
    let z = (0.019_334 * r + 0.119_193 * g + 0.950_227 * b) / 1.088_754;
    let [fx, fy, fz] = [x, y, z].map(|v| look_up(root, v * ROOT_STEPS));
    [116.0 * fy - 16.0, 500.0 * (fx - fy), 200.0 * (fy - fz)]
}

#[inline]
fn luminance([r, g, b]: [f32; 3]) -> f32 {
    0.212_671 * r + 0.715_160 * g + 0.072_169 * b
}

/// The colours of a picture in CIE Lab, as [`lab_of`].
pub(crate) fn to_lab(rgb: &Colour) -> Colour {
    let (gamma, root): (&[f32], &[f32]) = (&GAMMA, &ROOT);
    let mut lab = Colour::new(rgb.width, rgb.height);
    let [red, green, blue] = &rgb.channels;
    let [light, a, b] = &mut lab.channels;
    let input = red.data.iter().zip(&green.data).zip(&blue.data);
    let output = light.data.iter_mut().zip(&mut a.data).zip(&mut b.data);
    for (((r, g), bl), ((light, a), b)) in input.zip(output) {
        [*light, *a, *b] = converted(gamma, root, [*r, *g, *bl]);
    }
    lab
}

/// The first channel of [`to_lab`] alone.
pub(crate) fn lightness(rgb: &Colour) -> Plane {
    let (gamma, root): (&[f32], &[f32]) = (&GAMMA, &ROOT);
    let [red, green, blue] = &rgb.channels;
    let light =
        |((r, g), b): ((&f32, &f32), &f32)| 116.0 * look_up(root, luminance([*r, *g, *b].map(|v| linear(gamma, v))) * ROOT_STEPS) - 16.0;
    Plane { data: red.data.iter().zip(&green.data).zip(&blue.data).map(light).collect(), ..*red }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    fn in_lab(rgb: [u8; 3]) -> [f32; 3] {
        let picture = Colour::from_rgb(&RgbImage::from_pixel(1, 1, Rgb(rgb)));
        let lab = to_lab(&picture).get(0, 0);
        assert_eq!(lab[0], lightness(&picture).get(0, 0));
        lab
    }

    #[test]
    fn known_colours_have_their_known_lab_values() {
        let known = [
            ([255, 255, 255], [100.0, 0.0, 0.0]),
            ([0, 0, 0], [0.0, 0.0, 0.0]),
            ([255, 0, 0], [53.24, 80.09, 67.20]),
            ([0, 128, 0], [46.23, -51.70, 49.90]),
            ([128, 0, 128], [29.78, 58.93, -36.49]),
        ];
        for (rgb, expected) in known {
            let lab = in_lab(rgb);
            for (value, want) in lab.iter().zip(expected) {
                assert!((value - want).abs() < 0.35, "{rgb:?}: {lab:?}, not {expected:?}");
            }
        }
    }

    #[test]
    fn greys_have_no_colour() {
        for grey in [1, 17, 60, 128, 243] {
            let [_, a, b] = in_lab([grey; 3]);
            assert!(a.abs() < 0.1 && b.abs() < 0.1, "{grey}: {a} {b}");
        }
    }
}
