//! Box and Gaussian filters, each a horizontal and a vertical pass.

use super::{Colour, Plane};

/// Up to this width the Gaussian is evaluated tap by tap; wider ones are three box filters, whose cost does not grow.
const EXACT_SIGMA: f32 = 4.0;

/// The mean over a square of side `2 * radius + 1`.
pub(crate) fn box_blur(plane: &Plane, radius: usize) -> Plane {
    let mut out = plane.clone();
    box_in_place(&mut out, radius);
    out
}

/// Replaces a picture by its means over squares of side `2 * radius + 1`.
pub(super) fn box_in_place(plane: &mut Plane, radius: usize) {
    if radius > 0 {
        box_rows(plane, radius);
        box_columns(plane, radius);
    }
}

/// A Gaussian blur of any width; `sigma` in pixels.
pub(crate) fn gaussian(plane: &Plane, sigma: f32) -> Plane {
    if sigma < 0.15 {
        return plane.clone();
    }
    let Some(area) = plane.support() else { return plane.clone() };
    let reach = reach(sigma);
    let area = area.grown(reach, reach, (plane.width, plane.height));
    if (area.width(), area.height()) == (plane.width, plane.height) {
        return blurred(plane.clone(), sigma);
    }
    let mut out = Plane::new(plane.width, plane.height);
    out.paste(&blurred(plane.cropped(&area), sigma), &area);
    out
}

fn blurred(mut plane: Plane, sigma: f32) -> Plane {
    if sigma <= EXACT_SIGMA {
        return exact_gaussian(&plane, sigma);
    }
    box_radii(sigma).into_iter().for_each(|radius| box_in_place(&mut plane, radius));
    plane
}

/// How far a value is spread, in pixels.
fn reach(sigma: f32) -> usize {
    if sigma <= EXACT_SIGMA { exact_reach(sigma) } else { box_radii(sigma).iter().sum() }
}

/// A Gaussian blur of each channel.
pub(crate) fn gaussian_colour(colour: &Colour, sigma: f32) -> Colour {
    colour.map_channels(|channel| gaussian(channel, sigma))
}

/// The radii of the three boxes whose variances sum up best to that of the Gaussian.
fn box_radii(sigma: f32) -> [usize; 3] {
    let ideal = (4.0 * sigma * sigma + 1.0).sqrt();
    let lower = (((ideal - 1.0) / 2.0).floor() as usize).max(1);
    let variance = |radius: usize| {
        let side = (2 * radius + 1) as f32;
        (side * side - 1.0) / 12.0
    };
    let (small, large) = (variance(lower), variance(lower + 1));
    let wanted = sigma * sigma;
    let larger = ((wanted - 3.0 * small) / (large - small)).round().clamp(0.0, 3.0) as usize;
    [lower + usize::from(larger > 0), lower + usize::from(larger > 1), lower + usize::from(larger > 2)]
}

/// Rows that are summed side by side: a running sum waits for itself, and the others fill the wait.
const LANES: usize = 8;

fn box_rows(plane: &mut Plane, radius: usize) {
    let width = plane.width;
    let scale = 1.0 / (2 * radius + 1) as f32;
    let mut padded = vec![[0.0_f32; LANES]; width + 2 * radius + 1];
    let mut means = vec![[0.0_f32; LANES]; width];
    for rows in plane.data.chunks_mut(LANES * width) {
        for (lane, row) in rows.chunks_exact(width).enumerate() {
            padded[..radius].iter_mut().for_each(|p| p[lane] = row[0]);
            padded[radius..radius + width].iter_mut().zip(row).for_each(|(p, v)| p[lane] = *v);
            padded[radius + width..].iter_mut().for_each(|p| p[lane] = row[width - 1]);
        }
        let mut sums = padded[radius].map(|v| v * (radius + 1) as f32);
        for values in &padded[radius + 1..=2 * radius] {
            sums.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
        }
        for ((mean, enter), leave) in means.iter_mut().zip(&padded[2 * radius + 1..]).zip(&padded) {
            for lane in 0..LANES {
                mean[lane] = sums[lane] * scale;
                sums[lane] += enter[lane] - leave[lane];
            }
        }
        for (lane, row) in rows.chunks_exact_mut(width).enumerate() {
            row.iter_mut().zip(&means).for_each(|(v, mean)| *v = mean[lane]);
        }
    }
}

fn box_columns(plane: &mut Plane, radius: usize) {
    let (width, last) = (plane.width, plane.height - 1);
    let scale = 1.0 / (2 * radius + 1) as f32;
    let mut sums: Vec<f32> = plane.row(0).iter().map(|v| v * (radius + 1) as f32).collect();
    for y in 1..=radius {
        for (sum, v) in sums.iter_mut().zip(plane.row(y.min(last))) {
            *sum += v;
        }
    }
    // A row is overwritten before it leaves the window.
    let mut passed = vec![0.0; (radius + 1) * width];
    let slot = |y: usize| y % (radius + 1) * width..(y % (radius + 1) + 1) * width;
    for y in 0..=last {
        let (above, below) = plane.data.split_at_mut((y + 1) * width);
        let target = &mut above[y * width..];
        passed[slot(y)].copy_from_slice(target);
        for (value, sum) in target.iter_mut().zip(&sums) {
            *value = sum * scale;
        }
        if y < last {
            let entering = &below[((y + radius + 1).min(last) - y - 1) * width..];
            let leaving = &passed[slot(y.saturating_sub(radius))];
            for ((sum, enter), leave) in sums.iter_mut().zip(entering).zip(leaving) {
                *sum += enter - leave;
            }
        }
    }
}

fn exact_reach(sigma: f32) -> usize {
    (3.5 * sigma).ceil() as usize
}

/// The right half of a normalised kernel, from its centre outwards.
fn half_kernel(sigma: f32) -> Vec<f32> {
    let radius = exact_reach(sigma);
    let mut half: Vec<f32> = (0..=radius).map(|i| (-((i * i) as f32) / (2.0 * sigma * sigma)).exp()).collect();
    let total = half[0] + 2.0 * half[1..].iter().sum::<f32>();
    for tap in &mut half {
        *tap /= total;
    }
    half
}

fn exact_gaussian(plane: &Plane, sigma: f32) -> Plane {
    let half = half_kernel(sigma);
    let radius = half.len() - 1;
    let mut across = Plane::new(plane.width, plane.height);
    let mut padded = vec![0.0; plane.width + 2 * radius];
    for y in 0..plane.height {
        let row = plane.row(y);
        padded[..radius].fill(row[0]);
        padded[radius..radius + plane.width].copy_from_slice(row);
        padded[radius + plane.width..].fill(row[plane.width - 1]);
        let out = across.row_mut(y);
        for (i, &tap) in half.iter().enumerate() {
            let (left, right) = (&padded[radius - i..], &padded[radius + i..]);
            accumulate(out, left, right, if i == 0 { tap / 2.0 } else { tap });
        }
    }
    let last = plane.height - 1;
    let mut out = Plane::new(plane.width, plane.height);
    for y in 0..plane.height {
        let target = out.row_mut(y);
        for (i, &tap) in half.iter().enumerate() {
            let (above, below) = (across.row(y.saturating_sub(i)), across.row((y + i).min(last)));
            accumulate(target, above, below, if i == 0 { tap / 2.0 } else { tap });
        }
    }
    out
}

#[inline]
fn accumulate(out: &mut [f32], one: &[f32], other: &[f32], tap: f32) {
    for ((value, a), b) in out.iter_mut().zip(one).zip(other) {
        *value += tap * (a + b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speckle(width: usize, height: usize) -> Plane {
        Plane::from_fn(width, height, |x, y| ((x * 7919 + y * 104_729 + x * y * 31) % 101) as f32 / 100.0)
    }

    fn impulse(side: usize) -> Plane {
        let mut plane = Plane::new(side, side);
        plane.set(side / 2, side / 2, 1.0);
        plane
    }

    /// The standard deviation of a picture taken as a distribution over the columns.
    fn spread(plane: &Plane) -> f32 {
        let centre = (plane.width / 2) as f32;
        let mut variance = 0.0;
        for y in 0..plane.height {
            for (x, v) in plane.row(y).iter().enumerate() {
                variance += v * (x as f32 - centre).powi(2);
            }
        }
        variance.sqrt()
    }

    #[test]
    fn a_box_blur_equals_the_mean_of_the_window_taken_naively() {
        let (plane, radius) = (speckle(23, 17), 3_i64);
        let blurred = box_blur(&plane, radius as usize);
        for y in 0..17_i64 {
            for x in 0..23_i64 {
                let mut sum = 0.0;
                for dy in -radius..=radius {
                    for dx in -radius..=radius {
                        sum += plane.get((x + dx).clamp(0, 22) as usize, (y + dy).clamp(0, 16) as usize);
                    }
                }
                let mean = sum / ((2 * radius + 1) * (2 * radius + 1)) as f32;
                assert!((blurred.get(x as usize, y as usize) - mean).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn a_box_wider_than_the_picture_is_defined() {
        let blurred = box_blur(&Plane::filled(4, 3, 2.0), 9);
        assert!(blurred.data.iter().all(|v| (v - 2.0).abs() < 1e-5));
    }

    #[test]
    fn a_gaussian_spreads_an_impulse_by_its_width_and_keeps_its_sum() {
        for sigma in [0.7, 1.0, 2.0, 4.0, 5.0, 6.0, 14.0] {
            let blurred = gaussian(&impulse(121), sigma);
            assert!((blurred.sum() - 1.0).abs() < 1e-3, "sum at {sigma}");
            assert!((spread(&blurred) / sigma - 1.0).abs() < 0.04, "{} at {sigma}", spread(&blurred));
        }
    }

    #[test]
    fn the_fast_and_the_exact_gaussian_agree() {
        let plane = speckle(90, 70);
        let (fast, exact) = (gaussian(&plane, 6.0), exact_gaussian(&plane, 6.0));
        // Near the edge the boxes see repetitions of an already blurred edge.
        for y in 20..50 {
            for x in 20..70 {
                assert!((fast.get(x, y) - exact.get(x, y)).abs() < 0.01, "{x} {y}");
            }
        }
    }

    #[test]
    fn a_constant_picture_stays_constant() {
        for sigma in [0.1, 0.8, 2.0, 5.0, 40.0] {
            let blurred = gaussian(&Plane::filled(31, 9, 7.0), sigma);
            assert!(blurred.data.iter().all(|v| (v - 7.0).abs() < 1e-3), "{sigma}");
        }
    }
}
