//! Scaling of float pictures.

use super::{Colour, Plane};

/// Scaled to the given size: area means where it shrinks, bilinear where it grows.
pub(crate) fn resize(plane: &Plane, width: usize, height: usize) -> Plane {
    if (width, height) == (plane.width, plane.height) {
        return plane.clone();
    }
    if (plane.width, plane.height) == (2 * width, 2 * height) {
        return halve(plane);
    }
    if (2 * plane.width, 2 * plane.height) == (width, height) {
        return doubled(plane, width, height);
    }
    let columns = taps(plane.width, width);
    let mut across = Plane::new(width, plane.height);
    for y in 0..plane.height {
        let row = plane.row(y);
        for (value, tap) in across.row_mut(y).iter_mut().zip(&columns) {
            *value = match (tap.weights.as_slice(), &row[tap.first..]) {
                ([one, other], [left, right, ..]) => one * left + other * right,
                (weights, values) => weights.iter().zip(values).map(|(w, v)| w * v).sum(),
            };
        }
    }
    let mut out = Plane::new(width, height);
    for (y, tap) in taps(plane.height, height).iter().enumerate() {
        let target = out.row_mut(y);
        for (i, &weight) in tap.weights.iter().enumerate() {
            for (value, v) in target.iter_mut().zip(across.row(tap.first + i)) {
                *value += weight * v;
            }
        }
    }
    out
}

/// Each channel scaled to the given size.
pub(crate) fn resize_colour(colour: &Colour, width: usize, height: usize) -> Colour {
    colour.map_channels(|channel| resize(channel, width, height))
}

/// Half the size, rounded up, by the means of 2 by 2 pixels.
pub(crate) fn halve(plane: &Plane) -> Plane {
    let mut out = Plane::new(plane.width.div_ceil(2), plane.height.div_ceil(2));
    for y in 0..out.height {
        let (above, below) = (plane.row(2 * y), plane.row((2 * y + 1).min(plane.height - 1)));
        for ((value, above), below) in out.row_mut(y).iter_mut().zip(above.chunks(2)).zip(below.chunks(2)) {
            *value = match (above, below) {
                ([a, b], [c, d]) => (a + b + c + d) / 4.0,
                _ => (above[0] + below[0]) / 2.0,
            };
        }
    }
    out
}

/// Twice the size, bilinear, cut to `width` by `height`, which are at most one less.
pub(crate) fn doubled(plane: &Plane, width: usize, height: usize) -> Plane {
    let mut out = Plane::new(width, height);
    let mut between = vec![0.0; plane.width + 2];
    for y in 0..height {
        let near = y / 2;
        let far = if y % 2 == 0 { near.saturating_sub(1) } else { (near + 1).min(plane.height - 1) };
        for ((value, near), far) in between[1..].iter_mut().zip(plane.row(near)).zip(plane.row(far)) {
            *value = 0.75 * near + 0.25 * far;
        }
        between[0] = between[1];
        between[plane.width + 1] = between[plane.width];
        let mut pairs = out.row_mut(y).chunks_exact_mut(2);
        for (pair, v) in pairs.by_ref().zip(between.windows(3)) {
            pair[0] = 0.25 * v[0] + 0.75 * v[1];
            pair[1] = 0.75 * v[1] + 0.25 * v[2];
        }
        for value in pairs.into_remainder() {
            *value = 0.25 * between[plane.width - 1] + 0.75 * between[plane.width];
        }
    }
    out
}

/// Each channel at half the size, rounded up.
pub(crate) fn halve_colour(colour: &Colour) -> Colour {
    colour.map_channels(halve)
}

/// The source pixels one target pixel is made of.
struct Tap {
    first: usize,
    weights: Vec<f32>,
}

fn taps(from: usize, to: usize) -> Vec<Tap> {
    let scale = from as f32 / to as f32;
    (0..to)
        .map(|i| {
            if scale > 1.0 {
                let (start, end) = (i as f32 * scale, (i + 1) as f32 * scale);
                let first = (start as usize).min(from - 1);
                let last = (end.ceil() as usize).clamp(first + 1, from);
                let cover = |j: usize| (end.min((j + 1) as f32) - start.max(j as f32)).max(0.0);
                let weights: Vec<f32> = (first..last).map(cover).collect();
                let total: f32 = weights.iter().sum();
                Tap { first, weights: weights.iter().map(|w| w / total).collect() }
            } else {
                let centre = ((i as f32 + 0.5) * scale - 0.5).clamp(0.0, (from - 1) as f32);
                let first = (centre as usize).min(from.saturating_sub(2));
                let fraction = centre - first as f32;
                let weights = if from == 1 { vec![1.0] } else { vec![1.0 - fraction, fraction] };
                Tap { first, weights }
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_keeps_the_mean() {
        let plane = Plane::from_fn(30, 21, |x, y| ((x * 31 + y * 17) % 13) as f32);
        let mean = |p: &Plane| p.sum() / p.data.len() as f64;
        assert!((mean(&plane) - mean(&resize(&plane, 7, 5))).abs() < 0.02);
    }

    #[test]
    fn halving_takes_the_means_of_four_and_repeats_an_odd_edge() {
        let plane = Plane::from_fn(3, 2, |x, y| (x + 10 * y) as f32);
        let half = halve(&plane);
        assert_eq!((half.width, half.height), (2, 1));
        assert_eq!(half.data, [5.5, 7.0]);
        assert_eq!(resize(&Plane::from_fn(4, 2, |x, y| (x + 10 * y) as f32), 2, 1).data, [5.5, 7.5]);
    }

    #[test]
    fn growing_keeps_a_ramp_a_ramp() {
        let ramp = Plane::from_fn(8, 1, |x, _| x as f32);
        let grown = resize(&ramp, 16, 3);
        for x in 1..15 {
            assert!((grown.get(x, 1) - ((x as f32 + 0.5) / 2.0 - 0.5)).abs() < 1e-5);
        }
        assert_eq!(resize(&Plane::filled(1, 1, 4.0), 3, 3).data, [4.0; 9]);
    }

    #[test]
    fn doubling_is_bilinear_and_cuts_an_odd_edge() {
        let plane = Plane::from_fn(5, 3, |x, y| ((x * 31 + y * 17) % 13) as f32);
        let cut = doubled(&plane, 9, 5);
        for y in 0..5 {
            for x in 0..9 {
                let wanted = plane.sample((x as f32 + 0.5) / 2.0 - 0.5, (y as f32 + 0.5) / 2.0 - 0.5);
                assert!((cut.get(x, y) - wanted).abs() < 1e-5, "{x} {y}");
            }
        }
    }
}
