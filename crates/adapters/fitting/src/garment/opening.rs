//! The front of a jacket worn open: between its edges the lining of the back shows, which on a body is not seen.

use crate::planes::{Colour, Components, Connectivity, Mask, close, dilate, gaussian, gaussian_colour, median, to_lab};

use super::cut_out::CutOut;
use super::landmarks::TopLandmarks;

/// Fronts and lining have to differ by this much in Lab, or the jacket counts as closed. The folds of a closed black tee
/// differ by 5 to 6, the coat of the samples by 30; a dark lining in a dark jacket (5) is not told apart, and stays.
const LEAST_CONTRAST: f32 = 8.0;
/// How far from the lining's colour its own shades go, as a share of that difference, and in Lab at most.
const SHADES: f32 = 0.5;
const MOST_SHADES: f32 = 12.0;
/// An opening covers this share of the garment.
const AREA: std::ops::Range<f32> = 0.008..0.40;
/// It is nowhere wider than this share of the width below the arms.
const WIDEST: f32 = 0.62;
/// The edge of the fronts lies in the shade of the lining for about this many pixels.
const RIM: usize = 5;

/// Makes the lining that shows between the fronts transparent. Leaves a closed jacket as it is.
pub(crate) fn clear_opening(cut: &mut CutOut, marks: &TopLandmarks) {
    let Some(opening) = opening(cut, marks) else { return };
    let soft = gaussian(&opening.to_plane(), 0.8);
    cut.alpha.zip_in_place(&soft, |a, o| a * (1.0 - o));
}

/// Where the lining shows.
fn opening(cut: &CutOut, marks: &TopLandmarks) -> Option<Mask> {
    let (mask, lab) = (&cut.mask, to_lab(&gaussian_colour(&cut.rgb, 1.0)));
    let armpits = f32::midpoint(marks.armpits[0].y, marks.armpits[1].y);
    let (width, centre) = (marks.armpits[1].x - marks.armpits[0].x, marks.centre_x);
    let top = mask.top_of((centre.max(0.0) as usize).min(mask.width - 1))? as f32;
    let depth = armpits - top;
    let lining = usual(&lab, mask, [centre - 0.03 * width, top + 0.10 * depth, centre + 0.03 * width, top + 0.35 * depth])?;
    let fronts = [-1.0_f32, 1.0].map(|sign| {
        let middle = centre + sign * 0.34 * width;
        usual(&lab, mask, [middle - 0.08 * width, armpits - 0.10 * depth, middle + 0.08 * width, armpits + 0.5 * depth])
    });
    let contrast = fronts.into_iter().flatten().map(|front| apart(front, lining)).fold(f32::MAX, f32::min);
    if !(LEAST_CONTRAST..1e6).contains(&contrast) {
        return None;
    }
    let limit = (SHADES * contrast).min(MOST_SHADES);
    let near = Mask { data: (0..mask.data.len()).map(|i| mask.data[i] && apart(lab.index(i), lining) < limit).collect(), ..*mask };
    let components = Components::of(&near, Connectivity::Four);
    let seed = (top + 0.22 * depth) as usize * mask.width + centre as usize;
    let label = *components.labels.get(seed)?;
    let shape = components.mask_of((label as usize).checked_sub(1)?);
    let share = shape.count() as f32 / mask.count().max(1) as f32;
    let widest = (0..shape.height).filter_map(|y| Some((shape.runs(y).first()?.start, shape.runs(y).last()?.end)));
    let widest = widest.map(|(start, end)| end - start).max().unwrap_or(0);
    if !AREA.contains(&share) || widest as f32 > WIDEST * width {
        return None;
    }
    // Up to the edge of the collar and down to the hem the lining is in the shade, or mixed with the background.
    Some(dilate(&close(&shape, 9), RIM))
}

/// The middle colour of the garment within left, top, right and bottom; none where there is little of it.
fn usual(lab: &Colour, mask: &Mask, [left, top, right, bottom]: [f32; 4]) -> Option<[f32; 3]> {
    let clip = |v: f32, end: usize| (v.max(0.0) as usize).min(end);
    let mut seen: [Vec<f32>; 3] = Default::default();
    for y in clip(top, mask.height)..clip(bottom, mask.height) {
        for x in clip(left, mask.width)..clip(right, mask.width) {
            if mask.get(x, y) {
                for (values, v) in seen.iter_mut().zip(lab.get(x, y)) {
                    values.push(v);
                }
            }
        }
    }
    (seen[0].len() > 30).then(|| seen.map(|mut v| median(&mut v)))
}

/// How different two colours are; light and shade count less than colour.
fn apart(a: [f32; 3], b: [f32; 3]) -> f32 {
    ((0.7 * (a[0] - b[0])).powi(2) + (a[1] - b[1]).powi(2) + (a[2] - b[2]).powi(2)).sqrt()
}
