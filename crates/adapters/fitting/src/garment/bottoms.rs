//! The landmarks of trousers, shorts and skirts.

use crate::geometry::interpolate;
use crate::planes::Point;
use crate::refusal::Refusal;

use super::cut_out::CutOut;
use super::outline::Outline;

/// The waist is measured this share of the height below the top edge.
const WAIST: f32 = 0.04;
/// Share of the height between which a crotch is looked for.
const CROTCH: std::ops::Range<f32> = 0.12..0.97;
/// How far from the middle a crotch can be, in widths of the waist.
const OFF_MIDDLE: f32 = 0.25;

/// Where the parts of trousers or of a skirt are. All are pixels of the cut-out; in pairs, the picture's left comes first.
#[derive(Clone, Debug)]
pub(crate) struct BottomLandmarks {
    /// The ends of the waist.
    pub(crate) waist: [Point; 2],
    /// Where the legs part, and their edges; none for a skirt.
    pub(crate) legs: Option<Legs>,
    /// The outer edges from the waist down to the lower corners; `y` only ever increases.
    pub(crate) sides: [Vec<Point>; 2],
    /// The lowest row.
    pub(crate) bottom: f32,
}

/// The parting of the legs.
#[derive(Clone, Debug)]
pub(crate) struct Legs {
    /// The upper end of the gap between them.
    pub(crate) crotch: Point,
    /// The inner edges from the crotch down to the lower corners.
    pub(crate) inner: [Vec<Point>; 2],
}

impl BottomLandmarks {
    /// From the waist to the lowest point, in pixels.
    pub(crate) fn height(&self) -> f32 {
        self.bottom - f32::midpoint(self.waist[0].y, self.waist[1].y)
    }

    /// The outer edge of a side at row `y`.
    pub(crate) fn side_at(&self, side: usize, y: f32) -> Point {
        at_row(&self.sides[side], y)
    }
}

/// The point of a line at row `y`; `y` has to increase along the line.
fn at_row(line: &[Point], y: f32) -> Point {
    let (ys, xs): (Vec<f32>, Vec<f32>) = line.iter().map(|p| (p.y, p.x)).unzip();
    Point::new(interpolate(y, &ys, &xs), y)
}

/// Finds the landmarks of trousers, shorts or a skirt.
///
/// # Errors
///
/// `GarmentLandmarks` when the silhouette is not that of a bottom.
pub(crate) fn landmarks_of_bottom(cut: &CutOut) -> Result<BottomLandmarks, Refusal> {
    let outline = Outline::new(&cut.mask).ok_or(Refusal::GarmentLandmarks)?;
    locate(&outline).filter(is_plausible).ok_or(Refusal::GarmentLandmarks)
}

fn locate(outline: &Outline) -> Option<BottomLandmarks> {
    let waist_row = outline.row_at(WAIST);
    let runs = outline.runs(waist_row);
    let (left, right) = (runs.first()?.start as f32, runs.last()?.end as f32);
    let top = outline.top as f32 + 0.01 * outline.height();
    let waist = [Point::new(left, top), Point::new(right, top)];
    let crotch = crotch(outline, waist);

    let lowest_start = |fraction: f32| outline.row_at(fraction);
    let rows = waist_row..=outline.bottom;
    let edge = |y: usize, side: usize| {
        let runs = outline.runs(y);
        let x = if side == 0 { runs.first()?.start } else { runs.last()?.end };
        Some(Point::new(x as f32, y as f32))
    };
    let middle = crotch.map_or(f32::midpoint(left, right), |c| c.x);
    let sides = [0, 1].map(|side| {
        let all: Vec<Point> = rows.clone().filter_map(|y| edge(y, side)).filter(|p| own_side(p.x, middle, side)).collect();
        let sign = if side == 0 { -1.0 } else { 1.0 };
        let end = corner(&all, sign, lowest_start(0.5) as f32);
        std::iter::once(waist[side]).chain(all.into_iter().take(end + 1)).collect::<Vec<_>>()
    });
    let legs = crotch.map(|crotch| {
        let inner = [0, 1].map(|side| {
            let sign = if side == 0 { 1.0 } else { -1.0 };
            let all: Vec<Point> = (crotch.y as usize + 1..=outline.bottom).filter_map(|y| inner_edge(outline, y, crotch.x, side)).collect();
            let end = corner(&all, sign, f32::midpoint(crotch.y, outline.bottom as f32));
            std::iter::once(crotch).chain(all.into_iter().take(end + 1)).collect::<Vec<_>>()
        });
        Legs { crotch, inner }
    });
    Some(BottomLandmarks { waist, legs, sides, bottom: outline.bottom as f32 })
}

fn own_side(x: f32, middle: f32, side: usize) -> bool {
    if side == 0 { x < middle } else { x > middle }
}

/// The edge of a leg towards the other one.
fn inner_edge(outline: &Outline, y: usize, middle: f32, side: usize) -> Option<Point> {
    let runs = outline.runs(y);
    let own = |run: &&crate::planes::Run| own_side(run.middle(), middle, side);
    let x = if side == 0 { runs.iter().rev().find(own)?.end } else { runs.iter().find(own)?.start };
    Some(Point::new(x as f32, y as f32))
}

/// The index of the point that is farthest down and in direction `sign`, from row `first` on: the edge ends there, and
/// the hem begins.
fn corner(edge: &[Point], sign: f32, first: f32) -> usize {
    let reach = |p: &Point| p.y + 0.9 * sign * p.x;
    let lower = (0..edge.len()).filter(|&i| edge[i].y >= first);
    lower.max_by(|&a, &b| reach(&edge[a]).total_cmp(&reach(&edge[b]))).unwrap_or(edge.len().saturating_sub(1))
}

/// The first row, from above, from which on there are two legs.
fn crotch(outline: &Outline, waist: [Point; 2]) -> Option<Point> {
    let (middle, width) = (f32::midpoint(waist[0].x, waist[1].x), waist[1].x - waist[0].x);
    let lasting = ((0.02 * outline.height()) as usize).max(4);
    let gap = |y: usize| match outline.runs(y)[..] {
        [left, right] => {
            let between = (left.end + right.start) as f32 / 2.0;
            ((between - middle).abs() < OFF_MIDDLE * width).then_some(between)
        }
        _ => None,
    };
    let mut rows = outline.row_at(CROTCH.start)..outline.row_at(CROTCH.end);
    let first = rows.find(|&y| (y..y + lasting).all(|y| y <= outline.bottom && gap(y).is_some()))?;
    Some(Point::new(gap(first)?, first as f32))
}

/// Whether the landmarks are where those of a bottom can be.
fn is_plausible(bottom: &BottomLandmarks) -> bool {
    let width = bottom.waist[1].x - bottom.waist[0].x;
    let edges = bottom.sides.iter().all(|side| side.len() > 8 && side.windows(2).all(|w| w[0].y < w[1].y));
    let below = |y: f32| bottom.sides.iter().all(|side| side.last().is_some_and(|end| end.y > y + 8.0));
    let legs = bottom.legs.as_ref().is_none_or(|legs| below(legs.crotch.y) && legs.inner.iter().all(|inner| inner.len() > 4));
    width > 16.0 && bottom.height() > 0.4 * width && edges && legs
}
