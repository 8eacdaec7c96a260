//! One channel of floats.

use super::{Mask, Point};

/// A one-channel float picture, row-major.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plane {
    /// Pixels per row.
    pub(crate) width: usize,
    /// Number of rows.
    pub(crate) height: usize,
    /// `width * height` values, row by row.
    pub(crate) data: Vec<f32>,
}

impl Plane {
    /// A picture of zeros.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self::filled(width, height, 0.0)
    }

    /// A picture of one value.
    pub(crate) fn filled(width: usize, height: usize, value: f32) -> Self {
        Self { width, height, data: vec![value; width * height] }
    }

    /// A picture of what `value` gives at each `(x, y)`.
    pub(crate) fn from_fn(width: usize, height: usize, mut value: impl FnMut(usize, usize) -> f32) -> Self {
        let mut data = Vec::with_capacity(width * height);
        for y in 0..height {
            data.extend((0..width).map(|x| value(x, y)));
        }
        Self { width, height, data }
    }

    /// The value at `(x, y)`.
    #[inline]
    pub(crate) fn get(&self, x: usize, y: usize) -> f32 {
        self.data[y * self.width + x]
    }

    /// Sets the value at `(x, y)`.
    #[inline]
    #[cfg(test)]
    pub(crate) fn set(&mut self, x: usize, y: usize, value: f32) {
        self.data[y * self.width + x] = value;
    }

    /// The value at `(x, y)`, or `None` outside.
    pub(crate) fn at(&self, x: i64, y: i64) -> Option<f32> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        (x < self.width && y < self.height).then(|| self.get(x, y))
    }

    /// The value at the pixel nearest to `point`, or `None` outside.
    pub(crate) fn nearest(&self, point: Point) -> Option<f32> {
        self.at(point.x.round() as i64, point.y.round() as i64)
    }

    /// One row.
    pub(crate) fn row(&self, y: usize) -> &[f32] {
        &self.data[y * self.width..(y + 1) * self.width]
    }

    /// One row, to write to.
    pub(crate) fn row_mut(&mut self, y: usize) -> &mut [f32] {
        &mut self.data[y * self.width..(y + 1) * self.width]
    }

    /// A new picture of `f(value)`.
    pub(crate) fn map(&self, f: impl Fn(f32) -> f32) -> Self {
        Self { data: self.data.iter().map(|&v| f(v)).collect(), ..*self }
    }

    /// A new picture of `f(value, other)`; both must have the same size.
    pub(crate) fn zip(&self, other: &Self, f: impl Fn(f32, f32) -> f32) -> Self {
        self.assert_same_size(other);
        Self { data: self.data.iter().zip(&other.data).map(|(&a, &b)| f(a, b)).collect(), ..*self }
    }

    /// Replaces every value by `f(value)`.
    pub(crate) fn map_in_place(&mut self, f: impl Fn(f32) -> f32) {
        for value in &mut self.data {
            *value = f(*value);
        }
    }

    /// Replaces every value by `f(value, other)`; both must have the same size.
    pub(crate) fn zip_in_place(&mut self, other: &Self, f: impl Fn(f32, f32) -> f32) {
        self.assert_same_size(other);
        for (value, &with) in self.data.iter_mut().zip(&other.data) {
            *value = f(*value, with);
        }
    }

    /// The sum of all values.
    pub(crate) fn sum(&self) -> f64 {
        self.data.iter().map(|&v| f64::from(v)).sum()
    }

    /// Where `test` holds.
    pub(crate) fn mask(&self, test: impl Fn(f32) -> bool) -> Mask {
        Mask { width: self.width, height: self.height, data: self.data.iter().map(|&v| test(v)).collect() }
    }

    /// The bilinear interpolation at `(x, y)`; outside, the nearest edge pixel counts.
    pub(crate) fn sample(&self, x: f32, y: f32) -> f32 {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(self.width - 1), (y0 + 1).min(self.height - 1));
        let (fx, fy) = (x - x0 as f32, y - y0 as f32);
        let top = self.get(x0, y0) * (1.0 - fx) + self.get(x1, y0) * fx;
        let bottom = self.get(x0, y1) * (1.0 - fx) + self.get(x1, y1) * fx;
        top * (1.0 - fy) + bottom * fy
    }

    /// Panics when the sizes differ: mixing pictures of two sizes is a mistake in the engine, never in its input.
    pub(super) fn assert_same_size(&self, other: &Self) {
        assert_eq!((self.width, self.height), (other.width, other.height), "pictures of different sizes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_between_four_pixels_is_their_mean() {
        let plane = Plane::from_fn(2, 2, |x, y| (x + 2 * y) as f32);
        assert!((plane.sample(0.5, 0.5) - 1.5).abs() < 1e-6);
    }

    #[test]
    fn a_sample_outside_repeats_the_edge() {
        let plane = Plane::from_fn(3, 2, |x, _| x as f32);
        assert!((plane.sample(9.0, -4.0) - 2.0).abs() < 1e-6);
    }

    #[test]
    fn the_nearest_pixel_outside_is_none() {
        let plane = Plane::new(3, 2);
        assert_eq!(plane.nearest(Point::new(2.4, 1.2)), Some(0.0));
        assert_eq!(plane.nearest(Point::new(2.6, 1.2)), None);
        assert_eq!(plane.nearest(Point::new(-0.6, 0.0)), None);
    }
}
