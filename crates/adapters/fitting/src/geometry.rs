//! Polylines in picture coordinates (pixels, x to the right, y downwards).

pub(crate) use crate::planes::Point;

/// Shorthand for a point.
pub(crate) const fn pt(x: f32, y: f32) -> Point {
    Point::new(x, y)
}

/// Length of a polyline.
pub(crate) fn polyline_length(line: &[Point]) -> f32 {
    line.windows(2).map(|w| w[0].distance(w[1])).sum()
}

/// The point at arc length `d` and the unit tangent there; runs on along the end segments outside the line.
/// The line must have two points.
pub(crate) fn along(line: &[Point], d: f32) -> (Point, Point) {
    let mut start = 0.0;
    let last = line.len() - 2;
    for (i, w) in line.windows(2).enumerate() {
        let length = w[0].distance(w[1]);
        if d <= start + length || i == last {
            let tangent = (w[1] - w[0]).normalised();
            return (w[0] + tangent * (d - start), tangent);
        }
        start += length;
    }
    (line[0], pt(0.0, 1.0))
}

/// The arc length at which a polyline comes nearest to a point.
pub(crate) fn nearest_along(line: &[Point], point: Point) -> f32 {
    let mut start = 0.0;
    let mut best = (f32::MAX, 0.0);
    for w in line.windows(2) {
        let (step, length) = (w[1] - w[0], w[0].distance(w[1]));
        let share = ((point - w[0]).dot(step) / (length * length).max(1e-6)).clamp(0.0, 1.0);
        let distance = w[0].lerp(w[1], share).distance(point);
        if distance < best.0 {
            best = (distance, start + share * length);
        }
        start += length;
    }
    best.1
}

/// `n` points at equal steps of arc length.
pub(crate) fn resample_line(line: &[Point], n: usize) -> Vec<Point> {
    let total = polyline_length(line);
    (0..n).map(|i| along(line, total * i as f32 / (n - 1) as f32).0).collect()
}

/// Rounds the corners of a polyline by cutting them, keeping both ends.
pub(crate) fn chaikin(line: &[Point], rounds: usize) -> Vec<Point> {
    let mut p = line.to_vec();
    for _ in 0..rounds {
        let mut q = vec![p[0]];
        for w in p.windows(2) {
            q.push(w[0].lerp(w[1], 0.25));
            q.push(w[0].lerp(w[1], 0.75));
        }
        q.push(p[p.len() - 1]);
        p = q;
    }
    p
}

/// Gaussian smoothing of a sequence; the ends are repeated outwards.
pub(crate) fn smooth(values: &[f32], sigma: f32) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as isize;
    let n = values.len() as isize;
    (0..n)
        .map(|i| {
            let (mut sum, mut weight) = (0.0, 0.0);
            for k in -reach..=reach {
                let w = (-((k * k) as f32) / (2.0 * sigma * sigma)).exp();
                sum += w * values[(i + k).clamp(0, n - 1) as usize];
                weight += w;
            }
            sum / weight
        })
        .collect()
}

/// Gaussian smoothing of both coordinates of a line.
pub(crate) fn smooth_line(line: &[Point], sigma: f32) -> Vec<Point> {
    let xs: Vec<f32> = line.iter().map(|p| p.x).collect();
    let ys: Vec<f32> = line.iter().map(|p| p.y).collect();
    smooth(&xs, sigma).into_iter().zip(smooth(&ys, sigma)).map(|(x, y)| pt(x, y)).collect()
}

/// From 0 to 1 as `t` does, leaving and arriving flat.
pub(crate) fn smoothstep(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Piecewise linear interpolation of `ys` over increasing `xs`, constant outside.
pub(crate) fn interpolate(x: f32, xs: &[f32], ys: &[f32]) -> f32 {
    let i = xs.partition_point(|&v| v < x);
    if i == 0 {
        return ys[0];
    }
    if i >= xs.len() {
        return ys[ys.len() - 1];
    }
    let (a, b) = (xs[i - 1], xs[i]);
    let t = if b > a { (x - a) / (b - a) } else { 1.0 };
    ys[i - 1] + (ys[i] - ys[i - 1]) * t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_runs_on_past_its_end() {
        let (p, tangent) = along(&[pt(0.0, 0.0), pt(0.0, 2.0), pt(3.0, 2.0)], 7.0);
        assert_eq!((p, tangent), (pt(5.0, 2.0), pt(1.0, 0.0)));
    }

    #[test]
    fn resampling_keeps_both_ends() {
        let line = resample_line(&[pt(0.0, 0.0), pt(4.0, 0.0), pt(4.0, 4.0)], 5);
        assert_eq!((line[0], line[2], line[4]), (pt(0.0, 0.0), pt(4.0, 0.0), pt(4.0, 4.0)));
    }

    #[test]
    fn smoothing_leaves_a_constant_alone() {
        assert!(smooth(&[2.0; 9], 1.3).iter().all(|v| (v - 2.0).abs() < 1e-5));
    }

    #[test]
    fn the_nearest_place_on_a_line_is_on_a_segment_or_at_an_end() {
        let line = [pt(0.0, 0.0), pt(0.0, 2.0), pt(3.0, 2.0)];
        assert_eq!(nearest_along(&line, pt(-1.0, 1.5)), 1.5);
        assert_eq!(nearest_along(&line, pt(1.0, 4.0)), 3.0);
        assert_eq!(nearest_along(&line, pt(0.5, -7.0)), 0.0);
        assert_eq!(nearest_along(&line, pt(9.0, 3.0)), 5.0);
    }

    #[test]
    fn interpolation_is_constant_outside_its_range() {
        assert_eq!(interpolate(-1.0, &[0.0, 1.0], &[3.0, 5.0]), 3.0);
        assert_eq!(interpolate(0.5, &[0.0, 1.0], &[3.0, 5.0]), 4.0);
        assert_eq!(interpolate(9.0, &[0.0, 1.0], &[3.0, 5.0]), 5.0);
    }
}
