//! From an outline and a few colours to a product picture.

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma, Rgb, RgbImage};
use imageproc::distance_transform::euclidean_squared_distance_transform;
use imageproc::filter::gaussian_blur_f32;

/// Pixels per side.
pub(crate) const SIDE: u32 = 1000;
/// Points per stretch of a spline.
const STEPS: usize = 24;

/// A corner or a point of a curve: x, y, and whether the outline has a corner there.
pub(crate) type Knot = (f32, f32, bool);
/// Places, width in pixels, and how much darker (below 1) or lighter.
pub(crate) type Seam = (Vec<(f32, f32)>, f32, f32);
/// A colour, 0 to 255.
pub(crate) type Rgb3 = [f32; 3];

/// What to draw.
pub(crate) struct Garment {
    pub(crate) name: &'static str,
    /// The whole outline, closed.
    pub(crate) outline: Vec<Knot>,
    /// The colour of the cloth at a place.
    pub(crate) cloth: fn(f32, f32) -> Rgb3,
    /// What shows of the inside, and its colour.
    pub(crate) inside: Option<(Vec<Knot>, Rgb3)>,
    /// Seams and edges.
    pub(crate) seams: Vec<Seam>,
    /// The wall behind.
    pub(crate) background: Rgb3,
    /// How deep the folds are; 1 is usual.
    pub(crate) folds: f32,
    /// Depth of the pleats that fan out from the waist; 0 for none.
    pub(crate) pleats: f32,
}

/// A drawn garment.
pub(crate) struct Drawn {
    pub(crate) picture: RgbImage,
    /// A quarter of the size.
    pub(crate) silhouette: GrayImage,
}

/// An outline given by its left half, from the top down, mirrored about the middle. `bottom` and `top` are further
/// knots in the middle, between the halves.
pub(crate) fn mirrored(left: &[Knot], bottom: &[Knot], top: &[Knot]) -> Vec<Knot> {
    let right = left.iter().rev().map(|&(x, y, corner)| (SIDE as f32 - x, y, corner));
    left.iter().copied().chain(bottom.iter().copied()).chain(right).chain(top.iter().copied()).collect()
}

/// Draws one garment.
pub(crate) fn draw(garment: &Garment) -> Drawn {
    let outline = spline(&garment.outline);
    let mask = fill(&outline);
    let solid = GrayImage::from_fn(SIDE, SIDE, |x, y| Luma([if mask.get_pixel(x, y)[0] > 127 { 0 } else { 255 }]));
    let depth = euclidean_squared_distance_transform(&solid);
    let inside = garment.inside.as_ref().map(|(knots, colour)| (fill(&spline(knots)), *colour));
    let seams: Vec<_> = garment.seams.iter().map(|(line, width, shade)| (stroke(line, *width), *shade)).collect();
    let shifted = GrayImage::from_fn(SIDE, SIDE, |x, y| if x >= 6 && y >= 9 { *mask.get_pixel(x - 6, y - 9) } else { Luma([0]) });
    let shadow = gaussian_blur_f32(&shifted, 12.0);

    let picture = RgbImage::from_fn(SIDE, SIDE, |px, py| {
        let (x, y) = (px as f32, py as f32);
        let alpha = f32::from(mask.get_pixel(px, py)[0]) / 255.0;
        let light = shading(garment, x, y, depth.get_pixel(px, py)[0].sqrt() as f32);
        let mut colour = (garment.cloth)(x, y).map(|c| c * light);
        for (line, shade) in &seams {
            let drawn = f32::from(line.get_pixel(px, py)[0]) / 255.0;
            colour = colour.map(|c| c * (1.0 - (1.0 - shade) * drawn));
        }
        if let Some((shape, lining)) = &inside {
            let a = f32::from(shape.get_pixel(px, py)[0]) / 255.0;
            let dim = 0.74 + 0.03 * noise(x, y, 40.0, 40.0, 8);
            colour = std::array::from_fn(|c| colour[c] * (1.0 - a) + lining[c] * dim * a);
        }
        let wall = 1.0 - 0.05 * ((x - 300.0).powi(2) + (y - 200.0).powi(2)) / 1e6;
        let wall = wall * (1.0 - 0.28 * f32::from(shadow.get_pixel(px, py)[0]) / 255.0);
        Rgb(std::array::from_fn(|c| {
            let value = colour[c] * alpha + garment.background[c] * wall * (1.0 - alpha);
            (value + 1.6 * grain(px, py, 10 + c as u32)).round().clamp(0.0, 255.0) as u8
        }))
    });
    let quarter = imageops::resize(&mask, SIDE / 4, SIDE / 4, FilterType::Triangle);
    let silhouette = GrayImage::from_fn(SIDE / 4, SIDE / 4, |x, y| Luma([if quarter.get_pixel(x, y)[0] > 127 { 255 } else { 0 }]));
    Drawn { picture, silhouette }
}

/// Light on the cloth: darker towards the edges, folds, pleats, and a weave.
fn shading(garment: &Garment, x: f32, y: f32, depth: f32) -> f32 {
    let round = 1.0 - 0.22 * (-depth / 14.0).exp() - 0.10 * (-depth / 60.0).exp();
    // Askew, or the lattice of the noise would show as boxes.
    let turned = |cos: f32, sin: f32| (cos * x - sin * y + 900.0, sin * x + cos * y + 900.0);
    let ((u, v), (s, t), (p, q)) = (turned(0.93, 0.36), turned(0.80, -0.60), turned(0.71, 0.71));
    let folds = 0.03 * noise(u, v, 36.0, 150.0, 1) + 0.022 * noise(s, t, 150.0, 44.0, 2) + 0.035 * noise(p, q, 110.0, 110.0, 3);
    let fan = (x - 500.0) / (20.0 + (y - 300.0).max(0.0) * 0.07);
    let pleats = garment.pleats * fan.sin() * ((y - 330.0) / 260.0).clamp(0.0, 1.0);
    let weave = 0.012 * (x * 2.1).sin() * (y * 2.1).sin() + 0.012 * grain(x as u32, y as u32, 5);
    round * (1.0 + garment.folds * folds + pleats + weave)
}

/// A cubic curve through the knots, closed; straight into and out of corners.
fn spline(knots: &[Knot]) -> Vec<(f32, f32)> {
    let n = knots.len();
    let at = |i: usize| (knots[i % n].0, knots[i % n].1);
    let mut line = Vec::with_capacity(n * STEPS);
    for i in 0..n {
        let (before, from, to, after) = (at(i + n - 1), at(i), at(i + 1), at(i + 2));
        let straight = ((to.0 - from.0) * 0.9, (to.1 - from.1) * 0.9);
        let out = if knots[i].2 { straight } else { ((to.0 - before.0) / 2.0, (to.1 - before.1) / 2.0) };
        let into = if knots[(i + 1) % n].2 { straight } else { ((after.0 - from.0) / 2.0, (after.1 - from.1) / 2.0) };
        for step in 0..STEPS {
            let t = step as f32 / STEPS as f32;
            let (t2, t3) = (t * t, t * t * t);
            let (a, b, c, d) = (2.0 * t3 - 3.0 * t2 + 1.0, t3 - 2.0 * t2 + t, 3.0 * t2 - 2.0 * t3, t3 - t2);
            line.push((a * from.0 + b * out.0 + c * to.0 + d * into.0, a * from.1 + b * out.1 + c * to.1 + d * into.1));
        }
    }
    line
}

/// A filled polygon with smooth edges: eight scan lines a row, exact along the row.
fn fill(line: &[(f32, f32)]) -> GrayImage {
    const SCANS: usize = 8;
    let mut covered = vec![0.0_f32; (SIDE * SIDE) as usize];
    for scan in 0..SIDE as usize * SCANS {
        let y = (scan as f32 + 0.5) / SCANS as f32;
        let mut crossings: Vec<f32> = (0..line.len())
            .filter_map(|i| {
                let (p, q) = (line[i], line[(i + 1) % line.len()]);
                ((p.1 <= y) != (q.1 <= y)).then(|| p.0 + (y - p.1) / (q.1 - p.1) * (q.0 - p.0))
            })
            .collect();
        crossings.sort_by(f32::total_cmp);
        let row = scan / SCANS * SIDE as usize;
        for pair in crossings.chunks_exact(2) {
            let (start, end) = (pair[0].clamp(0.0, SIDE as f32), pair[1].clamp(0.0, SIDE as f32));
            for x in start as usize..(end.ceil() as usize).min(SIDE as usize) {
                covered[row + x] += (end.min(x as f32 + 1.0) - start.max(x as f32)).max(0.0) / SCANS as f32;
            }
        }
    }
    GrayImage::from_fn(SIDE, SIDE, |x, y| Luma([(covered[(y * SIDE + x) as usize] * 255.0).round().min(255.0) as u8]))
}

/// A polyline of that width.
fn stroke(line: &[(f32, f32)], width: f32) -> GrayImage {
    GrayImage::from_fn(SIDE, SIDE, |x, y| {
        let nearest = line.windows(2).map(|w| to_segment((x as f32, y as f32), w[0], w[1])).fold(f32::MAX, f32::min);
        Luma([((width / 2.0 + 0.8 - nearest) / 1.6 * 255.0).clamp(0.0, 255.0) as u8])
    })
}

fn to_segment(p: (f32, f32), a: (f32, f32), b: (f32, f32)) -> f32 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let t = (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy).max(1e-6)).clamp(0.0, 1.0);
    (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)
}

/// Smooth noise of about -1 to 1, with features of that size in pixels.
pub(crate) fn noise(x: f32, y: f32, wide: f32, high: f32, seed: u32) -> f32 {
    let (u, v) = (x / wide + 100.0, y / high + 100.0);
    let (i, j) = (u.floor(), v.floor());
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (s, t) = (ease(u - i), ease(v - j));
    let at = |di: u32, dj: u32| grain(i as u32 + di, j as u32 + dj, seed);
    let (upper, lower) = (at(0, 0) * (1.0 - s) + at(1, 0) * s, at(0, 1) * (1.0 - s) + at(1, 1) * s);
    upper * (1.0 - t) + lower * t
}

/// Noise without any smoothness, -1.7 to 1.7, with a variance of about one.
fn grain(x: u32, y: u32, seed: u32) -> f32 {
    let mut h = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ seed.wrapping_mul(0xC2B2_AE3D);
    h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
    h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
    h ^= h >> 15;
    ((h & 0xFFFF) as f32 / 65535.0 - 0.5) * 3.4
}
