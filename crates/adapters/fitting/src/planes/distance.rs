//! The exact Euclidean distance to the edge of a mask.

use super::{Mask, Plane};

/// For every set pixel the distance to the nearest pixel that is not set; zero outside. A mask without any unset
/// pixel is at the distance of its own diagonal everywhere.
pub(crate) fn distance_inside(mask: &Mask) -> Plane {
    let far = mask.width.pow(2) + mask.height.pow(2);
    let far = far as f32;
    let mut squared = mask.to_plane().map(|v| if v > 0.5 { far } else { 0.0 });
    vertical(&mut squared, far);
    let mut transform = LowerEnvelope::new(mask.width);
    for y in 0..mask.height {
        transform.run(squared.row_mut(y));
    }
    squared.map_in_place(|v| v.min(far).sqrt());
    squared
}

/// The squared distance within each column, by counting rows from above and from below.
fn vertical(squared: &mut Plane, far: f32) {
    let (width, height) = (squared.width, squared.height);
    let mut steps = vec![far.sqrt(); width];
    let mut pass = |y: usize| {
        for (value, step) in squared.row_mut(y).iter_mut().zip(&mut steps) {
            *step = if *value > 0.0 { *step + 1.0 } else { 0.0 };
            *value = value.min(*step * *step);
        }
    };
    for y in 0..height {
        pass(y);
    }
    // The counters go on from the last row: it is passed again, and no count can be too small.
    for y in (0..height).rev() {
        pass(y);
    }
}

/// The lower envelope of parabolas along one row (Felzenszwalb and Huttenlocher, 2012).
struct LowerEnvelope {
    values: Vec<f32>,
    roots: Vec<usize>,
    starts: Vec<f32>,
}

impl LowerEnvelope {
    fn new(width: usize) -> Self {
        Self { values: vec![0.0; width], roots: vec![0; width], starts: vec![0.0; width + 1] }
    }

    fn run(&mut self, row: &mut [f32]) {
        self.values.copy_from_slice(row);
        let values = &self.values;
        let meet = |p: usize, q: usize| {
            let (a, b) = (p as f32, q as f32);
            ((values[q] + b * b) - (values[p] + a * a)) / (2.0 * (b - a))
        };
        let mut last = 0;
        self.roots[0] = 0;
        self.starts[0] = f32::NEG_INFINITY;
        self.starts[1] = f32::INFINITY;
        for q in 1..row.len() {
            let mut start = meet(self.roots[last], q);
            while start <= self.starts[last] {
                last -= 1;
                start = meet(self.roots[last], q);
            }
            last += 1;
            self.roots[last] = q;
            self.starts[last] = start;
            self.starts[last + 1] = f32::INFINITY;
        }
        let mut k = 0;
        for (x, out) in row.iter_mut().enumerate() {
            while self.starts[k + 1] < x as f32 {
                k += 1;
            }
            let dx = x as f32 - self.roots[k] as f32;
            *out = dx * dx + values[self.roots[k]];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_agrees_with_the_nearest_unset_pixel_taken_naively() {
        let mask = Mask::from_fn(41, 27, |x, y| (x * 131 + y * 197 + x * y * 7) % 37 != 5 && x > 2);
        let distance = distance_inside(&mask);
        for y in 0..27_usize {
            for x in 0..41_usize {
                let mut best = f32::INFINITY;
                for v in 0..27_usize {
                    for u in 0..41_usize {
                        if !mask.get(u, v) {
                            best = best.min((x as f32 - u as f32).hypot(y as f32 - v as f32));
                        }
                    }
                }
                assert!((distance.get(x, y) - best).abs() < 1e-3, "{x} {y}: {} {best}", distance.get(x, y));
            }
        }
    }

    #[test]
    fn the_middle_of_a_bar_is_half_its_width_from_the_edge() {
        let bar = Mask::from_fn(90, 400, |x, _| (20..=60).contains(&x));
        assert!((distance_inside(&bar).get(40, 200) - 21.0).abs() < 1e-3);
    }

    #[test]
    fn a_full_mask_is_far_from_any_edge() {
        let distance = distance_inside(&Mask::from_fn(3, 4, |_, _| true));
        assert!(distance.data.iter().all(|d| (d - 5.0).abs() < 1e-3));
    }
}
