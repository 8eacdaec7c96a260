//! The silhouette with the measures every landmark is derived from.

use std::cell::OnceCell;

use crate::planes::{Mask, Point, Run, median, outer_contour};

/// Runs no wider than this are specks.
const SPECK: usize = 4;

/// A silhouette and its outline.
pub(super) struct Outline<'a> {
    pub(super) mask: &'a Mask,
    /// The first row.
    pub(super) top: usize,
    /// The last row.
    pub(super) bottom: usize,
    /// The column the garment hangs about: the middle of its lower third.
    pub(super) centre_x: f32,
    contour: OnceCell<Vec<Point>>,
}

impl<'a> Outline<'a> {
    /// Measures a silhouette, unless it is too small to be measured.
    pub(super) fn new(mask: &'a Mask) -> Option<Self> {
        let (top, bottom) = mask.rows()?;
        let height = (bottom - top) as f32;
        if height < 40.0 {
            return None;
        }
        let lower = (bottom as f32 - 0.35 * height) as usize..(bottom as f32 - 0.05 * height) as usize;
        let mut middles: Vec<f32> = lower.filter_map(|y| mask.runs(y).into_iter().max_by_key(|run| run.span())).map(Run::middle).collect();
        let centre_x = median(&mut middles);
        Some(Self { mask, top, bottom, centre_x, contour: OnceCell::new() })
    }

    /// The outline, pixel by pixel, closed.
    pub(super) fn contour(&self) -> &[Point] {
        self.contour.get_or_init(|| outer_contour(self.mask))
    }

    /// From the first to the last row.
    pub(super) fn height(&self) -> f32 {
        (self.bottom - self.top) as f32
    }

    /// The row at the fraction `f` of the height.
    pub(super) fn row_at(&self, f: f32) -> usize {
        ((self.top as f32 + f * self.height()) as usize).min(self.bottom)
    }

    /// The runs of a row, without specks.
    pub(super) fn runs(&self, y: usize) -> Vec<Run> {
        self.mask.runs(y).into_iter().filter(|run| run.span() > SPECK).collect()
    }

    /// The run of a row that the centre column goes through.
    pub(super) fn centre_run(&self, y: usize) -> Option<Run> {
        self.mask.runs(y).into_iter().find(|run| run.contains(self.centre_x))
    }

    /// The topmost point of a column.
    pub(super) fn top_at(&self, x: f32) -> Option<Point> {
        let column = x.clamp(0.0, (self.mask.width - 1) as f32) as usize;
        Some(Point::new(x, self.mask.top_of(column)? as f32))
    }

    /// The stretch of the outline between two points, the way round that passes nearest to `via`.
    pub(super) fn path(&self, from: Point, to: Point, via: Point) -> Vec<Point> {
        let (i, j) = (self.nearest(from), self.nearest(to));
        let forwards = self.stretch(i, j);
        let mut backwards = self.stretch(j, i);
        backwards.reverse();
        let misses = |line: &[Point]| line.iter().map(|p| p.distance(via)).fold(f32::INFINITY, f32::min);
        if misses(&forwards) <= misses(&backwards) { forwards } else { backwards }
    }

    fn stretch(&self, from: usize, to: usize) -> Vec<Point> {
        if from <= to {
            return self.contour()[from..=to].to_vec();
        }
        self.contour()[from..].iter().chain(&self.contour()[..=to]).copied().collect()
    }

    fn nearest(&self, point: Point) -> usize {
        nearest(self.contour(), point)
    }
}

/// The index of the point of a line nearest to `point`; zero for an empty line.
pub(super) fn nearest(line: &[Point], point: Point) -> usize {
    let order = |a: &usize, b: &usize| line[*a].distance(point).total_cmp(&line[*b].distance(point));
    (0..line.len()).min_by(order).unwrap_or(0)
}
