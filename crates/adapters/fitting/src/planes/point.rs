//! Points and vectors in pixel coordinates.

use std::ops::{Add, Mul, Neg, Sub};

/// A position or a displacement: `x` to the right, `y` downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Point {
    /// Pixels to the right.
    pub(crate) x: f32,
    /// Pixels down.
    pub(crate) y: f32,
}

impl Point {
    /// The point at `(x, y)`.
    pub(crate) const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// The scalar product.
    pub(crate) fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y
    }

    /// The z component of the cross product: positive when `other` is clockwise of `self` on the screen.
    pub(crate) fn cross(self, other: Self) -> f32 {
        self.x * other.y - self.y * other.x
    }

    /// The Euclidean length.
    pub(crate) fn length(self) -> f32 {
        (self.x * self.x + self.y * self.y).sqrt()
    }

    /// The Euclidean distance to `other`.
    pub(crate) fn distance(self, other: Self) -> f32 {
        (self - other).length()
    }

    /// The vector of length one in the same direction; a null vector stays (almost) null.
    pub(crate) fn normalised(self) -> Self {
        self * (1.0 / (self.length() + 1e-9))
    }

    /// The vector turned by a quarter, `(x, y)` to `(y, -x)`: from "down" to "right" on the screen.
    pub(crate) fn turned(self) -> Self {
        Self::new(self.y, -self.x)
    }

    /// The point at `t` of the way to `other`.
    pub(crate) fn lerp(self, other: Self, t: f32) -> Self {
        self + (other - self) * t
    }
}

impl Add for Point {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Point {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f32> for Point {
    type Output = Self;

    fn mul(self, factor: f32) -> Self {
        Self::new(self.x * factor, self.y * factor)
    }
}

impl Neg for Point {
    type Output = Self;

    fn neg(self) -> Self {
        Self::new(-self.x, -self.y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_the_downward_axis_gives_the_rightward_axis() {
        assert_eq!(Point::new(0.0, 1.0).turned(), Point::new(1.0, -0.0));
    }

    #[test]
    fn the_middle_of_two_points_is_at_half_the_way() {
        let middle = Point::new(0.0, 2.0).lerp(Point::new(4.0, 6.0), 0.5);
        assert_eq!(middle, Point::new(2.0, 4.0));
    }
}
