//! Bilinear sampling of pictures into network inputs.

use image::RgbImage;

use crate::geometry::Point;

/// Samples a square of `side` pixels: `map` gives the picture position of a network pixel. Outside the picture is
/// black. The result is interleaved RGB, 0..=255.
pub(crate) fn sample_region(picture: &RgbImage, side: usize, map: impl Fn(f32, f32) -> Point) -> Vec<f32> {
    let mut out = Vec::with_capacity(side * side * 3);
    for v in 0..side {
        for u in 0..side {
            out.extend(bilinear(picture, map(u as f32, v as f32)));
        }
    }
    out
}

fn bilinear(picture: &RgbImage, p: Point) -> [f32; 3] {
    let (w, h) = (picture.width() as i32, picture.height() as i32);
    let (x0, y0) = (p.x.floor(), p.y.floor());
    let (fx, fy) = (p.x - x0, p.y - y0);
    let raw = picture.as_raw();
    let mut sum = [0.0; 3];
    for (dx, dy, weight) in [(0, 0, (1.0 - fx) * (1.0 - fy)), (1, 0, fx * (1.0 - fy)), (0, 1, (1.0 - fx) * fy), (1, 1, fx * fy)] {
        let (x, y) = (x0 as i32 + dx, y0 as i32 + dy);
        if x >= 0 && y >= 0 && x < w && y < h {
            let i = (y * w + x) as usize * 3;
            for c in 0..3 {
                sum[c] += weight * f32::from(raw[i + c]);
            }
        }
    }
    sum
}

/// Bilinear value of a square map of `side` values a row; 0 outside.
pub(crate) fn sample_map(map: &[f32], side: usize, p: Point) -> f32 {
    let (x0, y0) = (p.x.floor(), p.y.floor());
    let (fx, fy) = (p.x - x0, p.y - y0);
    let at = |x: i32, y: i32| {
        let n = side as i32;
        if x >= 0 && y >= 0 && x < n && y < n { map[(y * n + x) as usize] } else { 0.0 }
    };
    let (x, y) = (x0 as i32, y0 as i32);
    (at(x, y) * (1.0 - fx) + at(x + 1, y) * fx) * (1.0 - fy) + (at(x, y + 1) * (1.0 - fx) + at(x + 1, y + 1) * fx) * fy
}
