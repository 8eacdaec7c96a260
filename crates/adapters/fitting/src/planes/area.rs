//! Rectangles of pixels: most planes are nothing in most of the picture, and need no work there.

use super::{Colour, Mask, Plane};

/// A rectangle of pixels; `right` and `bottom` are the first column and row beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) right: usize,
    pub(crate) bottom: usize,
}

impl Area {
    /// The smallest area around all values of a picture, given row by row, that pass the test.
    pub(crate) fn around<T>(data: &[T], width: usize, test: impl Fn(&T) -> bool) -> Option<Self> {
        let mut found: Option<Self> = None;
        for (y, row) in data.chunks_exact(width.max(1)).enumerate() {
            let Some(first) = row.iter().position(&test) else { continue };
            let right = row.iter().rposition(&test).unwrap_or(first) + 1;
            let row = Self { left: first, top: y, right, bottom: y + 1 };
            found = Some(found.map_or(row, |area| area.joined(&row)));
        }
        found
    }

    /// Pixels per row.
    pub(crate) const fn width(&self) -> usize {
        self.right - self.left
    }

    /// Number of rows.
    pub(crate) const fn height(&self) -> usize {
        self.bottom - self.top
    }

    /// The smallest area that holds both.
    pub(crate) fn joined(&self, other: &Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// The same area in the part of the picture that begins at that column and row.
    pub(crate) const fn seen_from(&self, left: usize, top: usize) -> Self {
        Self { left: self.left - left, top: self.top - top, right: self.right - left, bottom: self.bottom - top }
    }

    /// The area with some pixels more at its sides, above and below, as far as a picture of that width and height goes.
    pub(crate) fn grown(&self, across: usize, down: usize, (width, height): (usize, usize)) -> Self {
        Self {
            left: self.left.saturating_sub(across),
            top: self.top.saturating_sub(down),
            right: (self.right + across).min(width),
            bottom: (self.bottom + down).min(height),
        }
    }

    /// The area's part of a picture of that width.
    pub(crate) fn crop<T: Clone>(&self, picture: &[T], width: usize) -> Vec<T> {
        let mut part = Vec::with_capacity(self.width() * self.height());
        for row in picture.chunks_exact(width).take(self.bottom).skip(self.top) {
            part.extend_from_slice(&row[self.left..self.right]);
        }
        part
    }

    /// Puts a part of the area's size in its place in a picture of that width.
    pub(crate) fn paste<T: Clone>(&self, part: &[T], picture: &mut [T], width: usize) {
        let rows = picture.chunks_exact_mut(width).take(self.bottom).skip(self.top);
        for (row, part) in rows.zip(part.chunks_exact(self.width())) {
            row[self.left..self.right].clone_from_slice(part);
        }
    }
}

impl Plane {
    /// The smallest area outside of which everything is zero; none when everything is.
    pub(crate) fn support(&self) -> Option<Area> {
        Area::around(&self.data, self.width, |v| *v != 0.0)
    }

    /// The part of the picture in the area.
    pub(crate) fn cropped(&self, area: &Area) -> Self {
        Self { width: area.width(), height: area.height(), data: area.crop(&self.data, self.width) }
    }

    /// Puts a picture of the area's size in its place.
    pub(crate) fn paste(&mut self, part: &Self, area: &Area) {
        area.paste(&part.data, &mut self.data, self.width);
    }
}

impl Mask {
    /// The part of the mask in the area.
    pub(crate) fn cropped(&self, area: &Area) -> Self {
        Self { width: area.width(), height: area.height(), data: area.crop(&self.data, self.width) }
    }
}

impl Colour {
    /// The part of the picture in the area.
    pub(crate) fn cropped(&self, area: &Area) -> Self {
        self.map_channels(|channel| channel.cropped(area))
    }

    /// Puts a picture of the area's size in its place.
    pub(crate) fn paste(&mut self, part: &Self, area: &Area) {
        for (channel, part) in self.channels.iter_mut().zip(&part.channels) {
            channel.paste(part, area);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cropped_is_pasted_where_it_was() {
        let plane = Plane::from_fn(9, 7, |x, y| if (2..6).contains(&x) && (3..5).contains(&y) { (x * y) as f32 } else { 0.0 });
        let area = plane.support().unwrap();
        assert_eq!(area, Area { left: 2, top: 3, right: 6, bottom: 5 });
        let wide = area.grown(3, 2, (9, 7));
        assert_eq!(wide, Area { left: 0, top: 1, right: 9, bottom: 7 });
        assert_eq!(wide.joined(&area), wide);
        let mut out = Plane::new(9, 7);
        out.paste(&plane.cropped(&area), &area);
        assert_eq!(out, plane);
    }

    #[test]
    fn nothing_has_no_support() {
        assert_eq!(Plane::new(5, 4).support(), None);
    }
}
