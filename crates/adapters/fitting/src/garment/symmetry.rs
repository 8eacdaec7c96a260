//! The axis a garment mirrors itself about, and turning the garment upright.

use crate::planes::{Colour, Mask, Plane, Point, resize};

/// The silhouette is looked at with about this many pixels on its longer side.
const COARSE_SIDE: f32 = 160.0;
/// Garments lying more askew than this are not turned.
const MOST_TILT: f32 = 18.0;
/// Garments lying straighter than this are left as they are: turning costs sharpness.
const LEAST_TILT: f32 = 1.5;
/// A silhouette this symmetric about the vertical stands upright; no other axis is tried.
const STRAIGHT_ENOUGH: f32 = 0.955;
/// Turning has to make the silhouette more symmetric by this much.
const LEAST_GAIN: f32 = 0.02;

/// The axis of mirror symmetry nearest to the vertical.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    /// How far the top of the axis leans to the right, in degrees; zero unless turning is worth while.
    pub(super) tilt: f32,
    /// Share of the union of both halves that they have in common once mirrored, 0 to 1.
    pub(super) symmetry: f32,
}

impl Axis {
    /// Finds the axis of a silhouette.
    pub(super) fn of(mask: &Mask) -> Self {
        let shape = Shape::new(mask);
        let score = |tilt: f32| Self { tilt, symmetry: shape.symmetry(tilt) };
        let straight = score(0.0);
        if straight.symmetry > STRAIGHT_ENOUGH {
            return straight;
        }
        let better = |a: Self, b: Self| if b.symmetry > a.symmetry { b } else { a };
        let steps = (MOST_TILT / 2.0) as i32;
        let coarse = (-steps..=steps).map(|i| score(i as f32 * 2.0)).fold(straight, better);
        let fine = (-6..=6).map(|i| score(coarse.tilt + i as f32 * 0.25)).fold(coarse, better);
        let worth_while = fine.tilt.abs() >= LEAST_TILT && fine.symmetry > straight.symmetry + LEAST_GAIN;
        if worth_while { fine } else { straight }
    }
}

/// A coarse copy of a silhouette, as the points it covers.
struct Shape {
    plane: Plane,
    points: Vec<Point>,
    centre: Point,
}

impl Shape {
    fn new(mask: &Mask) -> Self {
        let shrink = (COARSE_SIDE / mask.width.max(mask.height) as f32).min(1.0);
        let side = |pixels: usize| ((pixels as f32 * shrink) as usize).max(1);
        let plane = resize(&mask.to_plane(), side(mask.width), side(mask.height));
        let mut points = Vec::new();
        let mut sum = Point::default();
        for y in 0..plane.height {
            for (x, _) in plane.row(y).iter().enumerate().filter(|(_, v)| **v > 0.5) {
                let point = Point::new(x as f32, y as f32);
                sum = sum + point;
                points.push(point);
            }
        }
        let centre = sum * (1.0 / points.len().max(1) as f32);
        Self { plane, points, centre }
    }

    /// The best overlap with the mirror image about an axis of that tilt, near the centre of mass.
    fn symmetry(&self, tilt: f32) -> f32 {
        let (sin, cos) = tilt.to_radians().sin_cos();
        let across = Point::new(cos, sin);
        let best = (-6..=6).map(|i| self.overlap(across, i as f32 * 0.5)).max().unwrap_or(0);
        best as f32 / (2 * self.points.len().max(1) - best) as f32
    }

    /// How many points lie on the silhouette again once mirrored.
    fn overlap(&self, across: Point, offset: f32) -> usize {
        let on_shape = |point: &&Point| {
            let mirrored = **point - across * (2.0 * ((**point - self.centre).dot(across) - offset));
            self.plane.nearest(mirrored).is_some_and(|v| v > 0.5)
        };
        self.points.iter().filter(on_shape).count()
    }
}

/// A cut-out standing upright.
pub(super) struct Upright {
    pub(super) colour: Colour,
    pub(super) alpha: Plane,
    pub(super) mask: Mask,
    /// Degrees it was turned clockwise.
    pub(super) turned: f32,
}

/// Turns a cut-out so that its axis is vertical, in a picture large enough for all of it.
pub(super) fn upright(axis: &Axis, colour: Colour, alpha: Plane, mask: Mask) -> Upright {
    if axis.tilt == 0.0 {
        return Upright { colour, alpha, mask, turned: 0.0 };
    }
    let (sin, cos) = axis.tilt.to_radians().sin_cos();
    let (wide, high) = (colour.width as f32, colour.height as f32);
    let width = (wide * cos + high * sin.abs()).ceil() as usize;
    let height = (high * cos + wide * sin.abs()).ceil() as usize;
    let (from, to) = (Point::new(wide - 1.0, high - 1.0) * 0.5, Point::new((width - 1) as f32, (height - 1) as f32) * 0.5);
    let source = |x: usize, y: usize| {
        let d = Point::new(x as f32, y as f32) - to;
        from + Point::new(cos * d.x - sin * d.y, sin * d.x + cos * d.y)
    };
    let inside = |p: Point| p.x >= 0.0 && p.y >= 0.0 && p.x <= wide - 1.0 && p.y <= high - 1.0;
    let turn = |plane: &Plane| Plane::from_fn(width, height, |x, y| sampled(plane, source(x, y)));
    let outside =
        |plane: &Plane| Plane::from_fn(width, height, |x, y| if inside(source(x, y)) { sampled(plane, source(x, y)) } else { 0.0 });
    Upright {
        colour: colour.map_channels(turn),
        alpha: outside(&alpha),
        mask: outside(&mask.to_plane()).mask(|v| v > 0.5),
        turned: -axis.tilt,
    }
}

fn sampled(plane: &Plane, at: Point) -> f32 {
    plane.sample(at.x, at.y)
}
