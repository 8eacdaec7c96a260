//! The colour guided filter: smooths a picture along the edges of another (He, Sun and Tang, 2010).

use super::blur::box_in_place;
use super::{Colour, Plane, box_blur};

/// A guided filter set up for one colour picture. The set-up costs about as much as three passes; use it again for
/// every plane filtered along the same picture.
#[derive(Clone, Debug)]
pub(crate) struct GuidedFilter {
    guide: [Plane; 3],
    mean: [Plane; 3],
    /// The inverse covariance of the guide in each window: rr, rg, rb, gg, gb, bb.
    inverse: [Plane; 6],
    radius: usize,
}

impl GuidedFilter {
    /// Prepares the guide (0 to 255, used as 0 to 1). `radius` is half the side of the window; contrasts of the guide
    /// well under the square root of `eps` are smoothed over.
    pub(crate) fn new(guide: &Colour, radius: usize, eps: f32) -> Self {
        // Centred on zero, the squares below lose the least precision.
        let guide = guide.channels.each_ref().map(|channel| channel.map(|v| v / 255.0 - 0.5));
        let mean = guide.each_ref().map(|channel| box_blur(channel, radius));
        let covariance = |a: usize, b: usize| {
            let mut product = guide[a].zip(&guide[b], |x, y| x * y);
            box_in_place(&mut product, radius);
            for ((value, x), y) in product.data.iter_mut().zip(&mean[a].data).zip(&mean[b].data) {
                *value -= x * y;
            }
            product
        };
        let mut inverse = [covariance(0, 0), covariance(0, 1), covariance(0, 2), covariance(1, 1), covariance(1, 2), covariance(2, 2)];
        let [rr, rg, rb, gg, gb, bb] = &mut inverse;
        let diagonal = rr.data.iter_mut().zip(&mut gg.data).zip(&mut bb.data);
        let mixed = rg.data.iter_mut().zip(&mut rb.data).zip(&mut gb.data);
        for (((rr, gg), bb), ((rg, rb), gb)) in diagonal.zip(mixed) {
            let (a, b, c) = (rr.max(0.0) + eps, gg.max(0.0) + eps, bb.max(0.0) + eps);
            let (d, e, f) = (*rg, *rb, *gb);
            let (m_rr, m_rg, m_rb) = (b * c - f * f, e * f - d * c, d * f - b * e);
            let scale = 1.0 / (a * m_rr + d * m_rg + e * m_rb).max(1e-18);
            *rr = m_rr * scale;
            *rg = m_rg * scale;
            *rb = m_rb * scale;
            *gg = (a * c - e * e) * scale;
            *gb = (d * e - a * f) * scale;
            *bb = (a * b - d * d) * scale;
        }
        Self { guide, mean, inverse, radius }
    }

    /// The plane smoothed along the edges of the guide; it must have the guide's size. Values may overshoot a little.
    pub(crate) fn filter(&self, plane: &Plane) -> Plane {
        self.guide[0].assert_same_size(plane);
        let mut offset = box_blur(plane, self.radius);
        let mut slopes = self.guide.each_ref().map(|g| g.zip(plane, |x, p| x * p));
        slopes.iter_mut().for_each(|slope| box_in_place(slope, self.radius));
        let [rr, rg, rb, gg, gb, bb] = self.inverse.each_ref().map(|p| p.data.as_slice());
        let [mean_r, mean_g, mean_b] = self.mean.each_ref().map(|p| p.data.as_slice());
        let size = plane.data.len();
        let [slope_r, slope_g, slope_b] = slopes.each_mut().map(|p| &mut p.data.as_mut_slice()[..size]);
        let offsets = &mut offset.data[..size];
        let (rr, rg, rb, gg, gb, bb) = (&rr[..size], &rg[..size], &rb[..size], &gg[..size], &gb[..size], &bb[..size]);
        let (mean_r, mean_g, mean_b) = (&mean_r[..size], &mean_g[..size], &mean_b[..size]);
        for i in 0..size {
            let p = offsets[i];
            let r = slope_r[i] - mean_r[i] * p;
            let g = slope_g[i] - mean_g[i] * p;
            let b = slope_b[i] - mean_b[i] * p;
            let (x, y, z) = (rr[i] * r + rg[i] * g + rb[i] * b, rg[i] * r + gg[i] * g + gb[i] * b, rb[i] * r + gb[i] * g + bb[i] * b);
            slope_r[i] = x;
            slope_g[i] = y;
            slope_b[i] = z;
            offsets[i] = p - x * mean_r[i] - y * mean_g[i] - z * mean_b[i];
        }
        box_in_place(&mut offset, self.radius);
        for (slope, guide) in slopes.iter_mut().zip(&self.guide) {
            box_in_place(slope, self.radius);
            for ((value, a), g) in offset.data.iter_mut().zip(&slope.data).zip(&guide.data) {
                *value += a * g;
            }
        }
        offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: usize = 29;
    const H: usize = 21;

    fn guide() -> Colour {
        let pattern = |seed: usize| {
            Plane::from_fn(W, H, move |x, y| {
                let step = if x + seed > 14 { 120.0 } else { 30.0 };
                step + ((x * 37 + y * (53 + seed) + x * y * 11) % 97) as f32
            })
        };
        Colour::from_channels([pattern(0), pattern(3), pattern(7)])
    }

    fn input() -> Plane {
        Plane::from_fn(W, H, |x, y| if x > 14 { 0.8 } else { 0.1 } + ((x * 13 + y * 29) % 17) as f32 / 100.0)
    }

    fn window_mean(radius: i64, x: usize, y: usize, value: impl Fn(usize, usize) -> f64) -> f64 {
        let mut sum = 0.0;
        for dy in -radius..=radius {
            for dx in -radius..=radius {
                let u = (x as i64 + dx).clamp(0, W as i64 - 1) as usize;
                let v = (y as i64 + dy).clamp(0, H as i64 - 1) as usize;
                sum += value(u, v);
            }
        }
        sum / ((2 * radius + 1) * (2 * radius + 1)) as f64
    }

    /// Solves the 3 by 3 system by Cramer's rule.
    fn solve(m: [[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
        let det = |m: [[f64; 3]; 3]| {
            m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
                + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
        };
        std::array::from_fn(|column| {
            let mut replaced = m;
            for row in 0..3 {
                replaced[row][column] = v[row];
            }
            det(replaced) / det(m)
        })
    }

    fn naive(guide: &Colour, plane: &Plane, radius: i64, eps: f64) -> Vec<f64> {
        let g = |c: usize, x: usize, y: usize| f64::from(guide.channels[c].get(x, y)) / 255.0;
        let p = |x: usize, y: usize| f64::from(plane.get(x, y));
        let mut models = Vec::new();
        for y in 0..H {
            for x in 0..W {
                let mean: [f64; 3] = std::array::from_fn(|c| window_mean(radius, x, y, |u, v| g(c, u, v)));
                let mean_p = window_mean(radius, x, y, p);
                let matrix = std::array::from_fn(|a| {
                    std::array::from_fn(|b| {
                        let product = window_mean(radius, x, y, |u, v| g(a, u, v) * g(b, u, v));
                        product - mean[a] * mean[b] + if a == b { eps } else { 0.0 }
                    })
                });
                let right = std::array::from_fn(|c| window_mean(radius, x, y, |u, v| g(c, u, v) * p(u, v)) - mean[c] * mean_p);
                let a = solve(matrix, right);
                models.push([a[0], a[1], a[2], mean_p - a[0] * mean[0] - a[1] * mean[1] - a[2] * mean[2]]);
            }
        }
        let mut out = Vec::new();
        for y in 0..H {
            for x in 0..W {
                let m: [f64; 4] = std::array::from_fn(|k| window_mean(radius, x, y, |u, v| models[v * W + u][k]));
                out.push(m[0] * g(0, x, y) + m[1] * g(1, x, y) + m[2] * g(2, x, y) + m[3]);
            }
        }
        out
    }

    #[test]
    fn the_filter_agrees_with_its_definition() {
        let (guide, plane) = (guide(), input());
        for eps in [1e-2_f32, 2e-4] {
            let fast = GuidedFilter::new(&guide, 3, eps).filter(&plane);
            for (value, want) in fast.data.iter().zip(naive(&guide, &plane, 3, f64::from(eps))) {
                assert!((f64::from(*value) - want).abs() < 2e-3, "{value}, not {want}, at {eps}");
            }
        }
    }

    #[test]
    fn a_flat_guide_leaves_a_plain_blur() {
        let flat = Colour::new(W, H);
        let plane = input();
        let out = GuidedFilter::new(&flat, 2, 1e-3).filter(&plane);
        let blurred = box_blur(&box_blur(&plane, 2), 2);
        assert!(out.zip(&blurred, |a, b| (a - b).abs()).data.iter().all(|d| *d < 1e-4));
    }
}
