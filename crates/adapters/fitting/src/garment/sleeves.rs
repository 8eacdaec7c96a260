//! The outline of a sleeve.

use crate::planes::{Point, simplify};

use super::armholes::Armholes;
use super::outline::{Outline, nearest};

/// Detail finer than this share of the height does not count when the cuff is looked for.
const DETAIL: f32 = 0.012;
/// A cuff is at least this share of the height long.
const LEAST_CUFF: f32 = 0.04;
/// A cuff is a chord of the outline at least this share as long as the outline itself.
const STRAIGHT: f32 = 0.95;
/// Into how many pieces the simplified outline may break a cuff.
const MOST_PIECES: usize = 3;

/// The two long edges of a sleeve. The cuff is the line between their last points.
#[derive(Clone, Debug)]
pub(crate) struct SleeveContour {
    /// From the shoulder along the outer edge to the cuff.
    pub(crate) outer: Vec<Point>,
    /// From the armpit along the inner edge to the cuff.
    pub(crate) inner: Vec<Point>,
}

impl SleeveContour {
    /// The sleeve of one side; `outwards` is -1 for the left and 1 for the right.
    pub(super) fn find(outline: &Outline, armholes: &Armholes, side: usize, outwards: f32) -> Option<Self> {
        let (shoulder, armpit) = (armholes.shoulders[side], armholes.armpits[side]);
        let farthest = outline.contour().iter().copied().max_by(|a, b| (a.x * outwards).total_cmp(&(b.x * outwards)))?;
        let path = outline.path(shoulder, armpit, farthest);
        let (cuff_outer, cuff_inner) = cuff(&path, shoulder.lerp(armpit, 0.5), outline.height())?;
        let outer = path[..=nearest(&path, cuff_outer)].to_vec();
        let mut inner = path[nearest(&path, cuff_inner)..].to_vec();
        inner.reverse();
        (outer.len() > 2 && inner.len() > 2).then_some(Self { outer, inner })
    }
}

/// The nearly straight stretch of the sleeve's outline that lies farthest from the armhole, most squarely across, and is
/// the longest.
fn cuff(path: &[Point], armhole: Point, height: f32) -> Option<(Point, Point)> {
    let corners = simplify(path, DETAIL * height);
    let mut best: (f32, Option<(Point, Point)>) = (0.0, None);
    for (i, &start) in corners.iter().enumerate() {
        let mut along = 0.0;
        for pair in corners[i..].windows(2).take(MOST_PIECES) {
            along += pair[0].distance(pair[1]);
            let (edge, away) = (pair[1] - start, start.lerp(pair[1], 0.5) - armhole);
            let (length, distance) = (edge.length(), away.length());
            if length < LEAST_CUFF * height || length < STRAIGHT * along || distance < 1.0 {
                continue;
            }
            let square = edge.cross(away).abs() / (length * distance);
            let score = distance * square.powf(1.5) * length.sqrt();
            if score > best.0 {
                best = (score, Some((start, pair[1])));
            }
        }
    }
    best.1
}
