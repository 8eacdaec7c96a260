//! The rotated square around a person that the landmark network looks at.

use std::f32::consts::PI;

use super::detector::Detection;
use crate::geometry::{Point, pt};

/// Side of the landmark network's input, in pixels.
pub(crate) const REGION_SIDE: usize = 256;
/// Air around the circle the detector gives.
const MARGIN: f32 = 1.25;

/// A square of `size` pixels around `centre`, turned by `angle` (radians; 0 = upright, positive = clockwise).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Region {
    centre: Point,
    size: f32,
    angle: f32,
}

impl Region {
    pub(crate) fn around(detection: &Detection) -> Self {
        let to_rim = detection.rim - detection.centre;
        let angle = PI / 2.0 - (-to_rim.y).atan2(to_rim.x);
        Self {
            centre: detection.centre,
            size: 2.0 * to_rim.length() * MARGIN,
            angle: angle - 2.0 * PI * ((angle + PI) / (2.0 * PI)).floor(),
        }
    }

    /// Picture pixels per network pixel.
    pub(crate) fn scale(&self) -> f32 {
        self.size / REGION_SIDE as f32
    }

    /// From the network's pixels to the picture's.
    pub(crate) fn to_picture(self, u: f32, v: f32) -> Point {
        let (sin, cos) = self.angle.sin_cos();
        let (u, v) = (u - REGION_SIDE as f32 / 2.0, v - REGION_SIDE as f32 / 2.0);
        self.centre + pt(cos * u - sin * v, sin * u + cos * v) * self.scale()
    }

    /// From the picture's pixels to the network's.
    pub(crate) fn to_region(self, p: Point) -> Point {
        let (sin, cos) = self.angle.sin_cos();
        let d = (p - self.centre) * (1.0 / self.scale());
        let half = REGION_SIDE as f32 / 2.0;
        pt(cos * d.x + sin * d.y + half, cos * d.y - sin * d.x + half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(rim: Point) -> Region {
        Region::around(&Detection { score: 1.0, top_left: Point::default(), bottom_right: Point::default(), centre: pt(100.0, 200.0), rim })
    }

    #[test]
    fn an_upright_person_gives_an_upright_square() {
        let r = region(pt(100.0, 100.0));
        assert!(r.angle.abs() < 1e-6);
        assert!((r.size - 250.0).abs() < 1e-3);
        assert!(r.to_picture(128.0, 128.0).distance(pt(100.0, 200.0)) < 1e-4);
        assert!(r.to_picture(0.0, 0.0).distance(pt(-25.0, 75.0)) < 1e-3);
    }

    #[test]
    fn a_person_lying_to_the_right_turns_the_square_by_a_quarter() {
        let r = region(pt(200.0, 200.0));
        assert!((r.angle - PI / 2.0).abs() < 1e-5);
        assert!(r.to_picture(128.0, 0.0).distance(pt(225.0, 200.0)) < 1e-3);
    }

    #[test]
    fn the_two_mappings_undo_each_other() {
        let r = region(pt(170.0, 120.0));
        let p = r.to_picture(30.0, 220.0);
        assert!(r.to_region(p).distance(pt(30.0, 220.0)) < 1e-3);
    }
}
