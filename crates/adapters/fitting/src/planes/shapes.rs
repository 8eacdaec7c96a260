//! Soft shapes: capsule chains and polygons.

use super::{Plane, Point, gaussian};

/// Sub-scanlines per row of a filled polygon.
const SCANLINES: usize = 4;

/// One joint of a chain of capsules.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Knot {
    /// The joint.
    pub(crate) at: Point,
    /// The radius of the chain there, in pixels; it changes linearly to that of the next joint.
    pub(crate) radius: f32,
}

impl Knot {
    /// A joint and its radius.
    pub(crate) const fn new(at: Point, radius: f32) -> Self {
        Self { at, radius }
    }
}

/// How far a point is from the axis of a chain of tapered capsules, in radii at that height: one on its edge.
pub(crate) fn radii_from_axis(chain: &[Knot], at: Point) -> f32 {
    let (mut to_axis, mut to_edge) = (f32::MAX, f32::MAX);
    for (from, to) in segments(chain) {
        let (axis, off) = (to.at - from.at, at - from.at);
        let t = (off.dot(axis) / (axis.dot(axis) + 1e-6)).clamp(0.0, 1.0);
        let distance = (off - axis * t).length();
        to_axis = to_axis.min(distance);
        to_edge = to_edge.min(distance - (from.radius + (to.radius - from.radius) * t));
    }
    to_axis / (to_axis - to_edge).max(1.0)
}

/// A chain of tapered capsules: one inside, zero outside, and a linear edge that is `2 * soft` pixels wide.
pub(crate) fn capsule_chain(width: usize, height: usize, chain: &[Knot], soft: f32) -> Plane {
    let mut out = Plane::filled(width, height, f32::MAX);
    for (from, to) in segments(chain) {
        stamp(&mut out, from, to, from.radius.max(to.radius) + soft + 1.0);
    }
    out.map_in_place(|d| (0.5 - d / (2.0 * soft)).clamp(0.0, 1.0));
    out
}

fn segments(chain: &[Knot]) -> impl Iterator<Item = (Knot, Knot)> {
    let single = (chain.len() == 1).then(|| (chain[0], chain[0]));
    chain.windows(2).map(|pair| (pair[0], pair[1])).chain(single)
}

/// Lowers `out` to the signed distance to one capsule, within `reach` of its axis.
fn stamp(out: &mut Plane, from: Knot, to: Knot, reach: f32) {
    let clip = |low: f32, high: f32, end: usize| {
        let start = (low - reach).max(0.0) as usize;
        let stop = ((high + reach).ceil().max(-1.0) + 1.0).min(end as f32) as usize;
        start.min(end)..stop
    };
    let columns = clip(from.at.x.min(to.at.x), from.at.x.max(to.at.x), out.width);
    let rows = clip(from.at.y.min(to.at.y), from.at.y.max(to.at.y), out.height);
    if columns.is_empty() {
        return;
    }
    let axis = to.at - from.at;
    let scale = 1.0 / (axis.dot(axis) + 1e-6);
    let taper = to.radius - from.radius;
    let across: Vec<f32> = columns.clone().map(|x| x as f32 - from.at.x).collect();
    for y in rows {
        let dy = y as f32 - from.at.y;
        for (value, &dx) in out.row_mut(y)[columns.clone()].iter_mut().zip(&across) {
            let t = ((dx * axis.x + dy * axis.y) * scale).clamp(0.0, 1.0);
            let (ex, ey) = (dx - t * axis.x, dy - t * axis.y);
            let distance = (ex * ex + ey * ey).sqrt() - (from.radius + taper * t);
            *value = value.min(distance);
        }
    }
}

/// A filled polygon with a smooth edge (even-odd rule), blurred by `blur` pixels when that is not zero.
pub(crate) fn polygon(width: usize, height: usize, corners: &[Point], blur: f32) -> Plane {
    let mut out = Plane::new(width, height);
    let top = corners.iter().map(|p| p.y).fold(f32::INFINITY, f32::min);
    let bottom = corners.iter().map(|p| p.y).fold(f32::NEG_INFINITY, f32::max);
    let first = (top.floor() - 1.0).max(0.0) as usize;
    let end = ((bottom.ceil() + 2.0).max(0.0) as usize).min(height);
    let mut crossings = Vec::new();
    for y in first..end {
        for line in 0..SCANLINES {
            let at = y as f32 - 0.5 + (line as f32 + 0.5) / SCANLINES as f32;
            scan(corners, at, &mut crossings);
            for pair in crossings.chunks_exact(2) {
                cover(out.row_mut(y), pair[0] + 0.5, pair[1] + 0.5);
            }
        }
    }
    if blur > 0.0 { gaussian(&out, blur) } else { out }
}

/// The columns where the outline crosses the height `at`, in order.
fn scan(corners: &[Point], at: f32, crossings: &mut Vec<f32>) {
    crossings.clear();
    for (i, &p) in corners.iter().enumerate() {
        let q = corners[(i + 1) % corners.len()];
        if (p.y <= at) != (q.y <= at) {
            crossings.push(p.x + (at - p.y) / (q.y - p.y) * (q.x - p.x));
        }
    }
    crossings.sort_by(f32::total_cmp);
}

/// Adds one sub-scanline from `start` to `end`, measured from the left edge of the first pixel.
fn cover(row: &mut [f32], start: f32, end: f32) {
    let share = 1.0 / SCANLINES as f32;
    let (start, end) = (start.clamp(0.0, row.len() as f32), end.clamp(0.0, row.len() as f32));
    let stop = (end.ceil() as usize).min(row.len());
    for (x, value) in row.iter_mut().enumerate().take(stop).skip(start as usize) {
        let covered = (end.min((x + 1) as f32) - start.max(x as f32)).max(0.0);
        *value += covered * share;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_covers_its_area_and_half_of_its_edge_pixels() {
        let corners = [Point::new(2.0, 3.0), Point::new(12.0, 3.0), Point::new(12.0, 9.0), Point::new(2.0, 9.0)];
        let filled = polygon(20, 15, &corners, 0.0);
        assert!((filled.sum() - 60.0).abs() < 1e-3);
        assert!((filled.get(2, 5) - 0.5).abs() < 1e-4 && (filled.get(7, 5) - 1.0).abs() < 1e-4);
    }

    #[test]
    fn a_polygon_that_leaves_the_picture_is_clipped() {
        let corners = [Point::new(-30.0, -30.0), Point::new(60.0, -30.0), Point::new(60.0, 60.0), Point::new(-30.0, 60.0)];
        assert!(polygon(9, 7, &corners, 0.0).data.iter().all(|v| (v - 1.0).abs() < 1e-5));
        let away: Vec<_> = corners.iter().map(|p| *p + Point::new(500.0, 500.0)).collect();
        assert!(polygon(9, 7, &away, 0.0).sum() < 1e-6);
    }

    #[test]
    fn a_capsule_is_one_on_its_axis_half_on_its_edge_and_zero_outside() {
        let chain = [Knot::new(Point::new(10.0, 20.0), 4.0), Knot::new(Point::new(40.0, 20.0), 8.0)];
        let capsule = capsule_chain(60, 40, &chain, 2.0);
        assert!((capsule.get(25, 20) - 1.0).abs() < 1e-6);
        assert!((capsule.get(25, 26) - 0.5).abs() < 0.05);
        assert!(capsule.get(25, 31) < 1e-6 && capsule.get(2, 20) < 1e-6);
    }

    #[test]
    fn a_chain_ends_where_a_point_is_one_radius_from_its_axis() {
        let chain = [Knot::new(Point::new(-5.0, 8.0), 3.0), Knot::new(Point::new(20.0, 30.0), 6.0), Knot::new(Point::new(50.0, 12.0), 2.0)];
        let capsule = capsule_chain(48, 40, &chain, 0.5);
        for y in 0..40 {
            for x in 0..48 {
                let radii = radii_from_axis(&chain, Point::new(x as f32, y as f32));
                assert!((capsule.get(x, y) > 0.5) == (radii < 1.0), "{x} {y}: {radii}");
            }
        }
        assert!((radii_from_axis(&chain[..1], Point::new(-5.0, 14.0)) - 2.0).abs() < 1e-5);
    }

    #[test]
    fn a_chain_of_one_knot_is_a_circle_and_one_outside_the_picture_is_empty() {
        let circle = capsule_chain(41, 41, &[Knot::new(Point::new(20.0, 20.0), 10.0)], 0.5);
        assert!((circle.sum() - 314.2).abs() < 4.0);
        assert!(capsule_chain(9, 9, &[Knot::new(Point::new(-90.0, 4.0), 5.0)], 1.0).sum() < 1e-6);
        assert!(capsule_chain(9, 9, &[Knot::new(Point::new(4.0, 900.0), 5.0)], 1.0).sum() < 1e-6);
    }
}
