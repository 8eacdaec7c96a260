//! The collar: its two ends at the top, and the front edge of the neck hole.

use crate::planes::{Plane, Point, gaussian};

use super::outline::Outline;

/// Share of the height by which a collar has to rise above the straight line to the middle.
const LEAST_RISE: f32 = 0.006;

/// The collar ends: on each side the point that rises most above the line from shoulder to middle.
pub(super) fn collar(outline: &Outline, shoulders: [Point; 2]) -> Option<[Point; 2]> {
    let middle = outline.top_at(outline.centre_x)?;
    let width = shoulders[1].x - shoulders[0].x;
    let end = |shoulder: Point, inwards: f32| {
        let reach = (middle.x - shoulder.x).abs();
        let mut best = (LEAST_RISE * outline.height(), None);
        for step in 0..reach.max(0.0) as usize {
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

/// The height of the front neckline where the inside of the back shows above it: the strongest edge below the top of
/// the centre column, if it stands out.
pub(super) fn front_neckline(outline: &Outline, light: &Plane, collar: [Point; 2]) -> Option<f32> {
    let width = collar[1].x - collar[0].x;
    let top = outline.top_at(outline.centre_x)?.y;
    if top >= collar[0].y.max(collar[1].y) + 0.15 * width {
        return None;
    }
    let smooth = gaussian(light, 2.0);
    let columns = (outline.centre_x - 0.12 * width).max(0.0) as usize..=(outline.centre_x + 0.12 * width) as usize;
    let band: Vec<f32> =
        (0..smooth.height).map(|y| smooth.row(y)[columns.clone()].iter().sum::<f32>() / columns.clone().count() as f32).collect();
    let first = (top + 0.06 * width) as usize;
    let end = ((top + 0.75 * width) as usize).min(outline.bottom);
    let edges: Vec<f32> = (first.max(1)..end).map(|y| (band[y + 1] - band[y - 1]).abs() / 2.0).collect();
    let (strongest, edge) = edges.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let usual = crate::planes::median(&mut edges.clone());
    (edges.len() > 4 && edge > 2.2 && edge > 4.0 * usual).then(|| (first + strongest) as f32)
}
