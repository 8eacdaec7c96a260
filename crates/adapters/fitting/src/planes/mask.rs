//! Yes-or-no pictures.

use super::Plane;

/// A binary picture, row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mask {
    /// Pixels per row.
    pub(crate) width: usize,
    /// Number of rows.
    pub(crate) height: usize,
    /// `width * height` values, row by row.
    pub(crate) data: Vec<bool>,
}

/// A horizontal run of set pixels, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// First column.
    pub(crate) start: usize,
    /// Last column.
    pub(crate) end: usize,
}

impl Run {
    /// The distance between its ends, one less than its number of pixels.
    pub(crate) const fn span(self) -> usize {
        self.end - self.start
    }

    /// The column in the middle.
    pub(crate) fn middle(self) -> f32 {
        (self.start + self.end) as f32 / 2.0
    }

    /// Whether the column lies in the run.
    pub(crate) fn contains(self, x: f32) -> bool {
        self.start as f32 <= x && x <= self.end as f32
    }
}

impl Mask {
    /// An empty mask.
    #[cfg(test)]
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self { width, height, data: vec![false; width * height] }
    }

    /// A mask of what `test` gives at each `(x, y)`.
    #[cfg(test)]
    pub(crate) fn from_fn(width: usize, height: usize, mut test: impl FnMut(usize, usize) -> bool) -> Self {
        let mut data = Vec::with_capacity(width * height);
        for y in 0..height {
            data.extend((0..width).map(|x| test(x, y)));
        }
        Self { width, height, data }
    }

    /// The value at `(x, y)`.
    #[inline]
    pub(crate) fn get(&self, x: usize, y: usize) -> bool {
        self.data[y * self.width + x]
    }

    /// Sets the value at `(x, y)`.
    #[inline]
    pub(crate) fn set(&mut self, x: usize, y: usize, value: bool) {
        self.data[y * self.width + x] = value;
    }

    /// One row.
    pub(crate) fn row(&self, y: usize) -> &[bool] {
        &self.data[y * self.width..(y + 1) * self.width]
    }

    /// The number of set pixels.
    pub(crate) fn count(&self) -> usize {
        self.data.iter().filter(|&&v| v).count()
    }

    /// The runs of set pixels of a row, from left to right.
    pub(crate) fn runs(&self, y: usize) -> Vec<Run> {
        let mut runs = Vec::new();
        let mut start = None;
        for (x, &set) in self.row(y).iter().enumerate() {
            match (set, start) {
                (true, None) => start = Some(x),
                (false, Some(first)) => {
                    runs.push(Run { start: first, end: x - 1 });
                    start = None;
                }
                _ => {}
            }
        }
        if let Some(first) = start {
            runs.push(Run { start: first, end: self.width - 1 });
        }
        runs
    }

    /// The first and the last row with a set pixel.
    pub(crate) fn rows(&self) -> Option<(usize, usize)> {
        let first = self.data.iter().position(|&v| v)? / self.width;
        let last = self.data.iter().rposition(|&v| v)? / self.width;
        Some((first, last))
    }

    /// The topmost set pixel of a column.
    pub(crate) fn top_of(&self, x: usize) -> Option<usize> {
        (0..self.height).find(|&y| self.get(x, y))
    }

    /// The complement.
    pub(crate) fn not(&self) -> Self {
        Self { data: self.data.iter().map(|v| !v).collect(), ..*self }
    }

    /// Where `f` of both holds; both must have the same size.
    pub(crate) fn zip(&self, other: &Self, f: impl Fn(bool, bool) -> bool) -> Self {
        assert_eq!((self.width, self.height), (other.width, other.height), "masks of different sizes");
        Self { data: self.data.iter().zip(&other.data).map(|(&a, &b)| f(a, b)).collect(), ..*self }
    }

    /// One where set, zero elsewhere.
    pub(crate) fn to_plane(&self) -> Plane {
        let data = self.data.iter().map(|&v| if v { 1.0 } else { 0.0 }).collect();
        Plane { width: self.width, height: self.height, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_reach_both_edges_of_the_row() {
        let mask = Mask::from_fn(7, 1, |x, _| x < 2 || x == 4 || x == 6);
        let runs: Vec<_> = mask.runs(0).iter().map(|r| (r.start, r.end)).collect();
        assert_eq!(runs, [(0, 1), (4, 4), (6, 6)]);
    }

    #[test]
    fn an_empty_mask_has_no_rows() {
        assert_eq!(Mask::new(3, 3).rows(), None);
        assert_eq!(Mask::from_fn(3, 5, |_, y| y == 1 || y == 3).rows(), Some((1, 3)));
    }
}
