//! Soft shapes around the joints, evaluated point by point.

use crate::geometry::{Point, pt};

/// A chain of cones with rounded ends through `points`, `radii` wide there.
#[derive(Clone, Debug)]
pub(crate) struct Capsule {
    points: Vec<Point>,
    radii: Vec<f32>,
    softness: f32,
}

impl Capsule {
    /// `softness` is half the width of the edge, in pixels. There are as many radii as points.
    pub(crate) fn new(points: &[Point], radii: &[f32], softness: f32) -> Self {
        debug_assert_eq!(points.len(), radii.len());
        Self {
            points: points.to_vec(),
            radii: radii.to_vec(),
            softness: softness.max(0.25),
        }
    }

    /// Signed distance to the outline: negative inside.
    fn distance(&self, p: Point) -> f32 {
        let mut least = f32::MAX;
        for i in 0..self.points.len() - 1 {
            let (a, b) = (self.points[i], self.points[i + 1]);
            let t = fraction_along(p, a, b);
            let radius = self.radii[i] + (self.radii[i + 1] - self.radii[i]) * t;
            least = least.min(p.distance(a.lerp(b, t)) - radius);
        }
        least
    }

    /// 1 inside, 0 outside, with a soft edge.
    pub(crate) fn at(&self, p: Point) -> f32 {
        (0.5 - self.distance(p) / (2.0 * self.softness)).clamp(0.0, 1.0)
    }
}

/// Distance of `p` to the polyline.
pub(crate) fn distance_to_line(p: Point, line: &[Point]) -> f32 {
    line.windows(2)
        .map(|w| p.distance(w[0].lerp(w[1], fraction_along(p, w[0], w[1]))))
        .fold(f32::MAX, f32::min)
}

/// Where on the segment `a`..`b` the point nearest to `p` is, 0..=1.
fn fraction_along(p: Point, a: Point, b: Point) -> f32 {
    let v = b - a;
    ((p - a).dot(v) / (v.dot(v) + 1e-6)).clamp(0.0, 1.0)
}

/// A polygon with a soft edge.
#[derive(Clone, Debug)]
pub(crate) struct Polygon {
    corners: Vec<Point>,
    softness: f32,
}

impl Polygon {
    /// `softness` is half the width of the edge, in pixels.
    pub(crate) fn new(corners: &[Point], softness: f32) -> Self {
        let mut corners = corners.to_vec();
        corners.extend(corners.first().copied());
        Self {
            corners,
            softness: softness.max(0.25),
        }
    }

    /// The convex outline of `points`.
    pub(crate) fn hull(points: &[Point], softness: f32) -> Self {
        let mut sorted = points.to_vec();
        sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
        let chain = |points: &mut dyn Iterator<Item = &Point>| {
            let mut line: Vec<Point> = Vec::new();
            for &p in points {
                while line.len() > 1 && turn(line[line.len() - 2], line[line.len() - 1], p) <= 0.0 {
                    line.pop();
                }
                line.push(p);
            }
            line.pop();
            line
        };
        let mut outline = chain(&mut sorted.iter());
        outline.extend(chain(&mut sorted.iter().rev()));
        Self::new(&outline, softness)
    }

    /// 1 inside, 0 outside, with a soft edge.
    pub(crate) fn at(&self, p: Point) -> f32 {
        let mut inside = false;
        for w in self.corners.windows(2) {
            if (w[0].y > p.y) != (w[1].y > p.y) {
                let x = w[0].x + (p.y - w[0].y) / (w[1].y - w[0].y) * (w[1].x - w[0].x);
                inside ^= p.x < x;
            }
        }
        let distance = distance_to_line(p, &self.corners) * if inside { -1.0 } else { 1.0 };
        (0.5 - distance / (2.0 * self.softness)).clamp(0.0, 1.0)
    }
}

fn turn(a: Point, b: Point, c: Point) -> f32 {
    let (u, v) = (b - a, c - a);
    u.x * v.y - u.y * v.x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capsule_is_full_on_its_axis_and_half_on_its_outline() {
        let c = Capsule::new(&[pt(0.0, 0.0), pt(10.0, 0.0)], &[2.0, 4.0], 1.0);
        assert_eq!(c.at(pt(5.0, 0.0)), 1.0);
        assert!((c.at(pt(5.0, 3.0)) - 0.5).abs() < 1e-5);
        assert!((c.at(pt(14.0, 0.0)) - 0.5).abs() < 1e-5);
        assert_eq!(c.at(pt(0.0, 9.0)), 0.0);
    }

    #[test]
    fn a_hull_leaves_inner_points_out() {
        let corners = [pt(0.0, 0.0), pt(9.0, 0.0), pt(4.0, 4.0), pt(9.0, 9.0), pt(0.0, 9.0)];
        let hull = Polygon::hull(&corners, 0.5);
        assert_eq!(hull.corners.len(), 5);
        assert_eq!(hull.at(pt(7.0, 4.5)), 1.0);
        assert_eq!(hull.at(pt(11.0, 4.5)), 0.0);
    }
}
