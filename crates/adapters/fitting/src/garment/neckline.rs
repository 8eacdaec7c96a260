//! The collar: its two ends at the top, and the front edge of the neck hole.

use crate::planes::{Colour, Point, median};

use super::outline::Outline;

/// Share of the height by which a collar has to rise above the straight line to the middle.
const LEAST_RISE: f32 = 0.006;
/// Where the middle of the top edge lies lower than this, in collar widths, the front is all there is to see.
const MOST_DROP: f32 = 0.15;
/// Contrast between the inside of the back and the front from which on the neckline is believed, as a step of the
/// logarithm of the lightness.
const LEAST_STEP: f32 = 0.09;
/// Widths of the collar that are tried.
const GUESSES: usize = 9;
/// How far an end of the collar may turn out to be off, in collar widths.
const MOST_SHIFT: f32 = 0.12;
/// Places along a neckline at which the contrast is taken.
const PROBES: usize = 25;
/// How far from the line the contrast is taken, in pixels: nearer by, the seam itself is in the way.
const REACH: [f32; 3] = [3.5, 5.0, 6.5];

/// The shape of a front neckline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NecklineShape {
    /// Half an ellipse.
    Round,
    /// Two straight lines that meet in the middle.
    Vee,
}

/// The front edge of the neck hole; above it the inside of the back shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Neckline {
    /// Its shape.
    pub(crate) shape: NecklineShape,
    /// The row of its lowest point, in pixels of the cut-out.
    pub(crate) bottom: f32,
}

impl Neckline {
    /// Whether the inside of the back shows at `point`, between the ends of the collar and above the line.
    pub(crate) fn shows_back(&self, collar: [Point; 2], point: Point) -> bool {
        let middle = collar[0].lerp(collar[1], 0.5);
        let half = ((collar[1].x - collar[0].x) / 2.0).max(2.0);
        let depth = self.bottom - middle.y;
        let (u, v) = ((point.x - middle.x).abs() / half, (point.y - middle.y) / depth);
        let inside = match self.shape {
            NecklineShape::Round => u * u + v * v < 1.0,
            NecklineShape::Vee => u + v < 1.0,
        };
        depth > 0.0 && u < 1.0 && (v < 0.0 || inside)
    }
}

/// The collar ends: on each side the point that rises most above the line from shoulder to middle.
pub(super) fn collar(outline: &Outline, shoulders: [Point; 2]) -> Option<[Point; 2]> {
    let middle = outline.top_at(outline.centre_x)?;
    let width = shoulders[1].x - shoulders[0].x;
    let end = |shoulder: Point, inwards: f32| {
        let reach = (middle.x - shoulder.x).abs();
        let mut best = (LEAST_RISE * outline.height(), None);
        for step in 0..reach as usize {
            let point = outline.top_at(shoulder.x + inwards * step as f32)?;
            let line = shoulder.lerp(middle, step as f32 / reach);
            if line.y - point.y > best.0 {
                best = (line.y - point.y, Some(point));
            }
        }
        best.1.or_else(|| outline.top_at(middle.x - inwards * 0.2 * width.abs()))
    };
    Some([end(shoulders[0], 1.0)?, end(shoulders[1], -1.0)?])
}

/// What the top edge and the front of a garment tell about its neck hole.
pub(super) struct NeckHole {
    /// The ends of the collar.
    pub(super) collar: [Point; 2],
    /// The front neckline, if the inside of the back shows above it.
    pub(super) neckline: Option<Neckline>,
}

/// The neck hole: of all ellipses and vees below the collar the one with the clearest step from the inside of the back
/// to the front, if that is clear enough. The ends of the collar are then moved to the ends of that line.
pub(super) fn neck_hole(outline: &Outline, lab: &Colour, shoulders: [Point; 2], collar: [Point; 2]) -> NeckHole {
    let unseen = NeckHole { collar, neckline: None };
    let width = collar[1].x - collar[0].x;
    let lowest_end = collar[0].y.max(collar[1].y);
    if outline.top_at(outline.centre_x).is_none_or(|top| top.y >= lowest_end + MOST_DROP * width) {
        return unseen;
    }
    let clarity = |ends: [Point; 2]| Some((clearest(outline, lab, ends, 3)?.0, ends));
    let own = clarity(collar);
    let guessed = (0..GUESSES).filter_map(|i| clarity(guess(outline, shoulders, i)?)).max_by(|a, b| a.0.total_cmp(&b.0));
    let mut collar = match (own, guessed) {
        // The corner in the top edge is better evidence than a slightly clearer line elsewhere.
        (Some(own), Some(guessed)) => {
            if guessed.0 > 1.6 * own.0 {
                guessed.1
            } else {
                own.1
            }
        }
        (Some((_, ends)), None) | (None, Some((_, ends))) => ends,
        (None, None) => return unseen,
    };
    let Some((_, mut line)) = clearest(outline, lab, collar, 1) else { return unseen };
    for _ in 0..2 {
        for side in 0..2 {
            collar = best_end(outline, lab, collar, side, &line);
        }
        if let Some((_, better)) = clearest(outline, lab, collar, 1) {
            line = better;
        }
    }
    NeckHole { collar, neckline: Some(line) }
}

/// Ends of a collar of a usual width, in the middle.
fn guess(outline: &Outline, shoulders: [Point; 2], index: usize) -> Option<[Point; 2]> {
    let share = 0.12 + 0.24 * index as f32 / (GUESSES - 1) as f32;
    let half = share * (shoulders[1].x - shoulders[0].x);
    Some([outline.top_at(outline.centre_x - half)?, outline.top_at(outline.centre_x + half)?])
}

/// The neckline with the clearest step between two ends of the collar, looked for in steps of that many rows.
fn clearest(outline: &Outline, lab: &Colour, collar: [Point; 2], rows: usize) -> Option<(f32, Neckline)> {
    let width = collar[1].x - collar[0].x;
    let level = f32::midpoint(collar[0].y, collar[1].y);
    let top = outline.top_at(outline.centre_x)?.y;
    let mut best: (f32, Option<Neckline>) = (LEAST_STEP, None);
    for (shape, deepest) in [(NecklineShape::Round, 1.0), (NecklineShape::Vee, 2.2)] {
        let first = (level + 0.12 * width).max(top + 6.0);
        let last = (level + deepest * width).min(outline.bottom as f32 - 8.0);
        for step in (0..((last - first).max(0.0) as usize)).step_by(rows) {
            let line = Neckline { shape, bottom: first + step as f32 };
            let step = contrast(&line, lab, collar);
            if step > best.0 {
                best = (step, Some(line));
            }
        }
    }
    Some((best.0, best.1?))
}

/// Moves one end of the collar along the top edge to where the step is clearest.
fn best_end(outline: &Outline, lab: &Colour, collar: [Point; 2], side: usize, line: &Neckline) -> [Point; 2] {
    let reach = (MOST_SHIFT * (collar[1].x - collar[0].x)) as i32;
    let mut best = (contrast(line, lab, collar), collar);
    for shift in (-reach..=reach).step_by(2) {
        let Some(end) = outline.top_at(collar[side].x + shift as f32) else { continue };
        let mut moved = collar;
        moved[side] = end;
        // A whisker more than equal: nothing is gained by wandering along a seam.
        let step = contrast(line, lab, moved);
        if step > 1.02 * best.0 {
            best = (step, moved);
        }
    }
    best.1
}

/// The usual step across a neckline, ignoring its ends, where the collar seams meet.
fn contrast(line: &Neckline, lab: &Colour, collar: [Point; 2]) -> f32 {
    let middle = collar[0].lerp(collar[1], 0.5);
    let half = (collar[1].x - collar[0].x) / 2.0;
    let depth = line.bottom - middle.y;
    let mut light = [0.0; PROBES];
    let mut chroma = [0.0; PROBES];
    for i in 0..PROBES {
        let t = (i as f32 / (PROBES - 1) as f32 - 0.5) * 1.7;
        // The angle of the ellipse, or the fraction along the two lines of the vee.
        let (at, normal) = match line.shape {
            NecklineShape::Round => {
                let (sin, cos) = (t * std::f32::consts::FRAC_PI_2).sin_cos();
                (Point::new(half * sin, depth * cos), Point::new(sin / half, cos / depth))
            }
            NecklineShape::Vee => (Point::new(half * t, depth * (1.0 - t.abs())), Point::new(t.signum() / half, 1.0 / depth)),
        };
        let (at, normal) = (middle + at, normal.normalised());
        let mean = |sign: f32| {
            let colours = REACH.map(|r| at + normal * (sign * r)).map(|p| lab.sample(p.x, p.y));
            [0, 1, 2].map(|c| colours.iter().map(|colour| colour[c]).sum::<f32>() / REACH.len() as f32)
        };
        let (inner, outer) = (mean(-1.0), mean(1.0));
        light[i] = ((inner[0] + 6.0) / (outer[0] + 6.0)).max(0.05).ln();
        chroma[i] = (inner[1] - outer[1]).hypot(inner[2] - outer[2]);
    }
    let side =
        |range: std::ops::Range<usize>| median(&mut light[range.clone()].to_vec()).abs() + median(&mut chroma[range].to_vec()) / 150.0;
    (side(0..PROBES / 2 + 1) + side(PROBES / 2..PROBES)) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLLAR: [Point; 2] = [Point::new(40.0, 20.0), Point::new(80.0, 20.0)];

    #[test]
    fn the_back_shows_above_a_round_neckline_and_between_the_ends_of_the_collar() {
        let line = Neckline { shape: NecklineShape::Round, bottom: 40.0 };
        for (x, y, shows) in
            [(60.0, 39.0, true), (60.0, 41.0, false), (76.0, 30.0, true), (79.0, 36.0, false), (60.0, 5.0, true), (85.0, 15.0, false)]
        {
            assert_eq!(line.shows_back(COLLAR, Point::new(x, y)), shows, "{x} {y}");
        }
    }

    #[test]
    fn a_vee_narrows_steadily() {
        let line = Neckline { shape: NecklineShape::Vee, bottom: 60.0 };
        for (x, y, shows) in [(60.0, 58.0, true), (69.0, 40.0, true), (71.0, 40.0, false), (60.0, 62.0, false)] {
            assert_eq!(line.shows_back(COLLAR, Point::new(x, y)), shows, "{x} {y}");
        }
    }
}
