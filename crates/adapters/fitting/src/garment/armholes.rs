//! Armpits and shoulders: where the sleeves, or the arms, come out of a top.

use crate::planes::Point;

use super::outline::Outline;

/// The gap between sleeve and torso must go on for this share of the height: less is a fold or a speck.
const LEAST_GAP: f32 = 0.02;
/// The largest share of the height over which the tip of the gap can be hidden.
const MOST_HIDDEN: f32 = 0.08;
/// How far inwards of the armpit the shoulder seam starts, in widths between the armpits.
const SEAM_INSET: f32 = 0.035;

/// The corners of both armholes.
pub(super) struct Armholes {
    /// Top of the sleeve seams; the outer ends of the straps of a sleeveless top.
    pub(super) shoulders: [Point; 2],
    /// Foot of the armholes.
    pub(super) armpits: [Point; 2],
    /// Whether there are sleeves, spread away from the torso.
    pub(super) sleeved: bool,
}

impl Armholes {
    pub(super) fn find(outline: &Outline) -> Option<Self> {
        match gap_feet(outline) {
            Some(armpits) => Self::sleeved(outline, armpits),
            None => Self::sleeveless(outline),
        }
    }

    fn sleeved(outline: &Outline, armpits: [Point; 2]) -> Option<Self> {
        let inset = SEAM_INSET * (armpits[1].x - armpits[0].x);
        let shoulders = [outline.top_at(armpits[0].x + inset)?, outline.top_at(armpits[1].x - inset)?];
        Some(Self { shoulders, armpits, sleeved: true })
    }

    fn sleeveless(outline: &Outline) -> Option<Self> {
        let first = outline.row_at(0.04);
        let extents: Vec<_> = (first..outline.row_at(0.42))
            .map_while(|y| Some((outline.mask.runs(y).first()?.start, outline.mask.runs(y).last()?.end)))
            .collect();
        let left: Vec<f32> = extents.iter().map(|e| -(e.0 as f32)).collect();
        let right: Vec<f32> = extents.iter().map(|e| e.1 as f32).collect();
        let level = usize::midpoint(armhole_foot(&left, outline.height()), armhole_foot(&right, outline.height()));
        let foot = extents.get(level)?;
        let y = (first + level) as f32;
        let strap_row = outline.mask.runs(outline.row_at(0.03));
        let (outer_left, outer_right) = (strap_row.first()?.start as f32, strap_row.last()?.end as f32);
        let top = |x: f32, inwards: f32| Some(Point::new(x, outline.top_at(x + inwards)?.y));
        Some(Self {
            shoulders: [top(outer_left, 2.0)?, top(outer_right, -2.0)?],
            armpits: [Point::new(foot.0 as f32, y), Point::new(foot.1 as f32, y)],
            sleeved: false,
        })
    }
}

/// The feet of both armholes, where a lasting gap opens between the torso and the sleeves.
fn gap_feet(outline: &Outline) -> Option<[Point; 2]> {
    let lasting = ((LEAST_GAP * outline.height()) as usize).max(3);
    let mut gaps: [Vec<GapRow>; 2] = [Vec::new(), Vec::new()];
    for y in outline.top..outline.bottom {
        let runs = outline.runs(y);
        let Some(torso) = runs.iter().position(|run| run.contains(outline.centre_x)) else { continue };
        let row = |torso: usize, sleeve: usize| GapRow { y: y as f32, torso: torso as f32, sleeve: sleeve as f32 };
        let found = [
            (torso > 0).then(|| row(runs[torso].start, runs[torso - 1].end)),
            runs.get(torso + 1).map(|sleeve| row(runs[torso].end, sleeve.start)),
        ];
        for (gap, found) in gaps.iter_mut().zip(found) {
            match found {
                Some(row) => gap.push(row),
                None if gap.len() < lasting => gap.clear(),
                None => {}
            }
        }
    }
    if gaps.iter().any(|gap| gap.len() < lasting) {
        return None;
    }
    Some(gaps.each_ref().map(|gap| apex(gap, outline.height())))
}

/// One row of the gap between torso and sleeve.
#[derive(Clone, Copy)]
struct GapRow {
    y: f32,
    /// The column of the torso's edge.
    torso: f32,
    /// The column of the sleeve's edge.
    sleeve: f32,
}

/// Where torso and sleeve meet. The tip of the gap is too narrow and too much in the shade to be seen, so both edges are
/// followed upwards from where they can be.
fn apex(gap: &[GapRow], height: f32) -> Point {
    let first = gap[0];
    let rows = &gap[..gap.len().min((0.06 * height) as usize).max(3)];
    let (width_slope, width) = line_through(rows, |row| (row.torso - row.sleeve).abs());
    let (torso_slope, _) = line_through(rows, |row| row.torso);
    if width_slope < 0.02 {
        return Point::new(first.torso, first.y);
    }
    let up = (width / width_slope).clamp(0.0, MOST_HIDDEN * height);
    Point::new(first.torso - torso_slope * up, first.y - up)
}

/// Slope per row, and value at the first row, of the straight line through a measure of some rows.
fn line_through(rows: &[GapRow], measure: impl Fn(&GapRow) -> f32) -> (f32, f32) {
    let count = rows.len() as f32;
    let mean_y = rows.iter().map(|row| row.y - rows[0].y).sum::<f32>() / count;
    let mean = rows.iter().map(&measure).sum::<f32>() / count;
    let (mut both, mut square) = (0.0, 0.0);
    for row in rows {
        let dy = row.y - rows[0].y - mean_y;
        both += dy * (measure(row) - mean);
        square += dy * dy;
    }
    let slope = if square > 0.0 { both / square } else { 0.0 };
    (slope, mean - slope * mean_y)
}

/// The row at which an outline, taken positive outwards, first juts out and draws in again below.
fn armhole_foot(outwards: &[f32], height: f32) -> usize {
    let rows = |share: f32| (share * height) as usize;
    let last = outwards.len().saturating_sub(1);
    let juts_out = |&i: &usize| {
        let around = &outwards[i.saturating_sub(rows(0.08))..(i + rows(0.08)).min(outwards.len())];
        let most = around.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        outwards[i] >= most - 0.5 && outwards[i] > outwards[(i + rows(0.06)).min(last)] + 0.004 * height
    };
    (rows(0.10)..outwards.len().saturating_sub(rows(0.04))).find(juts_out).unwrap_or(rows(0.16))
}
