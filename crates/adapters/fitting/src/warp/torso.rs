//! The torso of a top as a mesh of cross-sections: collar, armpit line, hem.

use super::frame::Frame;
use super::mesh::Mesh;
use super::sections::{moved_clear, unfolded};
use crate::garment::TopLandmarks;
use crate::geometry::{Point, along, interpolate, pt, smooth, smooth_line};
use crate::person::{Person, Side, march};

/// Cross-sections between armpits and hem.
const ROWS: usize = 22;
/// Cross-sections between shoulders and armpits.
const YOKE_ROWS: usize = 8;
/// Columns before those of the collar's ends are added.
const COLUMNS: usize = 17;
/// A skirt follows the legs out to this multiple of the width it was laid out with.
const STRETCH: f32 = 1.2;

/// The mesh, and where the armpits came to lie.
pub(crate) struct TorsoMesh {
    pub(crate) mesh: Mesh,
    pub(crate) armpits: [Point; 2],
}

pub(crate) fn torso_mesh(person: &Person, garment: &TopLandmarks, frame: &Frame) -> TorsoMesh {
    let distances: Vec<f32> = steps(frame.armpit, frame.hem, ROWS);
    let levels = |pair: &[Point; 2]| (pair[0].y + pair[1].y) / 2.0;
    let heights = steps(levels(&garment.armpits), levels(&garment.hem_corners), ROWS);
    let garment_sides = Side::BOTH.map(|s| side_at(&garment.sides[s.index()], s.sign(), &heights));
    let [left, right] = Side::BOTH.map(|s| section_ends(person, garment, frame, s, &distances, &garment_sides[s.index()]));
    let body_sides = unfolded(left, right, 1.0);
    let armpits = [body_sides[0][0], body_sides[1][0]];

    let collar_at = [0, 1].map(|i| {
        let across = garment.shoulders[1].x - garment.shoulders[0].x;
        ((garment.collar[i].x - garment.shoulders[0].x) / across).clamp(0.05, 0.95)
    });
    let columns = columns(collar_at);
    let mut mesh = Mesh::default();
    // The armpits of a garment are seldom level; the yoke ends where the first section below begins.
    let chest = [pt(garment_sides[0][0], heights[0]), pt(garment_sides[1][0], heights[0])];
    yoke(&mut mesh, &Yoke { person, garment, frame, chest, armpits }, &columns, collar_at);
    for (i, &y) in heights.iter().enumerate() {
        let row = |a: Point, b: Point| columns.iter().map(|&f| a.lerp(b, f)).collect::<Vec<_>>();
        mesh.push(row(pt(garment_sides[0][i], y), pt(garment_sides[1][i], y)), row(body_sides[0][i], body_sides[1][i]));
    }
    hem_row(&mut mesh, garment, frame);
    mesh.pad_columns(0.18);
    TorsoMesh { mesh, armpits }
}

fn steps(from: f32, to: f32, n: usize) -> Vec<f32> {
    (0..n).map(|i| from + (to - from) * i as f32 / (n - 1) as f32).collect()
}

/// The x of a garment's side at each height; `outwards` is -1 for the left side and 1 for the right.
///
/// Just below the armpit the gap to the sleeve may be too narrow to be seen, and the outline there is the sleeve's: what
/// juts out more steeply than any torso is left out.
fn side_at(side: &[Point], outwards: f32, heights: &[f32]) -> Vec<f32> {
    let armpit = side[0];
    let is_torso = |p: &&Point| outwards * (p.x - armpit.x) < 5.0 + 0.35 * (p.y - armpit.y);
    let (ys, xs): (Vec<f32>, Vec<f32>) = side.iter().filter(is_torso).map(|p| (p.y, p.x)).unzip();
    heights.iter().map(|&y| interpolate(y, &ys, &xs)).collect()
}

/// Where the cross-sections end on one side of the body.
fn section_ends(person: &Person, garment: &TopLandmarks, frame: &Frame, side: Side, distances: &[f32], garment_side: &[f32]) -> Vec<Point> {
    let widths: Vec<f32> = distances.iter().map(|&d| body_half_width(person, frame, side, d.min(1.25 * frame.hip))).collect();
    let widths = smooth(&widths, 1.6);
    let body = &person.body;
    let ends: Vec<Point> = distances
        .iter()
        .enumerate()
        .map(|(i, &d)| {
            let (centre, tangent) = along(&frame.axis, d);
            let outwards = tangent.turned() * side.sign();
            // Below the hips a hem may flare, and need not follow the legs.
            let below = ((d - 0.95 * frame.hip) / (0.35 * frame.hip)).clamp(0.0, 1.0);
            let laid_out = (garment_side[i] - garment.centre_x) * side.sign() * frame.scale;
            let narrowest = widths[i] * frame.ease.least * (1.0 - 0.15 * below);
            let widest = widths[i] * (frame.ease.most + 0.05 * below);
            let close = laid_out.clamp(narrowest, widest);
            if !frame.ease.flares {
                return centre + outwards * close;
            }
            let legs = march(&person.silhouettes.without_arms, centre, outwards, body.shoulder_width).unwrap_or(0.0);
            let hanging = laid_out.max(legs.min(STRETCH * laid_out) * frame.ease.least);
            centre + outwards * (close + (hanging - close) * below)
        })
        .collect();
    smooth_line(&ends, 1.2)
}

/// Half the body's width at a distance along the axis: as seen, when that is near what the joints suggest.
fn body_half_width(person: &Person, frame: &Frame, side: Side, d: f32) -> f32 {
    let body = &person.body;
    let sw = body.shoulder_width;
    let (centre, tangent) = along(&frame.axis, d);
    let outwards = tangent.turned() * side.sign();
    let down = ((d - frame.armpit) / (frame.hip - frame.armpit)).clamp(0.0, 1.0);
    let hips = body.limbs(Side::Left).hip.distance(body.limbs(Side::Right).hip);
    let at_hips = (0.5 * hips * 1.75).max(0.40 * sw);
    let expected = 0.50 * sw * (1.0 - down) + at_hips * down;
    match march(&person.silhouettes.without_arms, centre, outwards, 1.6 * expected) {
        Some(seen) if (0.72 * expected..1.42 * expected).contains(&seen) => seen,
        _ => expected,
    }
}

/// Fractions across the top edge, with one column on each end of the collar.
fn columns(collar_at: [f32; 2]) -> Vec<f32> {
    let mut all = steps(0.0, 1.0, COLUMNS);
    all.extend(collar_at);
    all.sort_by(f32::total_cmp);
    all.dedup_by(|a, b| (*a - *b).abs() < 1e-4);
    all
}

/// Shoulder, collar end, collar end, shoulder; `f` is the fraction across.
fn top_edge(shoulders: [Point; 2], collar: [Point; 2], collar_at: [f32; 2], f: f32) -> Point {
    let [a, b] = collar_at;
    if f < a {
        shoulders[0].lerp(collar[0], f / a)
    } else if f < b {
        collar[0].lerp(collar[1], (f - a) / (b - a))
    } else {
        collar[1].lerp(shoulders[1], (f - b) / (1.0 - b))
    }
}

/// What the yoke lies between.
struct Yoke<'a> {
    person: &'a Person,
    garment: &'a TopLandmarks,
    frame: &'a Frame,
    /// Where the garment's first section below the armpits begins and ends.
    chest: [Point; 2],
    /// Where that section lies in the photo.
    armpits: [Point; 2],
}

/// The rows from above the shoulders down to, and without, the armpit line.
fn yoke(mesh: &mut Mesh, between: &Yoke<'_>, columns: &[f32], collar_at: [f32; 2]) {
    let Yoke { person, garment, frame, chest, armpits } = *between;
    let up = -person.body.down;
    let source: Vec<Point> = columns.iter().map(|&f| top_edge(garment.shoulders, garment.collar, collar_at, f)).collect();
    let mut target: Vec<Point> = columns.iter().map(|&f| top_edge(frame.shoulders, frame.collar, collar_at, f)).collect();
    if garment.sleeves.is_some() {
        for (p, &f) in target.iter_mut().zip(columns) {
            if f < collar_at[0] - 1e-6 || f > collar_at[1] + 1e-6 {
                *p = *p + up * rise_to_outline(person, *p);
            }
        }
    }
    let lift = 0.16 * (garment.armpits[0].y - garment.shoulders[0].y);
    mesh.push(source.iter().map(|p| *p - pt(0.0, lift)).collect(), target.iter().map(|p| *p + up * (lift * frame.scale)).collect());
    // Where the garment laid flat would have its top edge. What the body's outline adds to that dies away downwards,
    // so that stripes across the chest stay straight.
    let flat: Vec<Point> = source
        .iter()
        .zip(columns)
        .map(|(p, &f)| {
            let chord = garment.shoulders[0].lerp(garment.shoulders[1], f);
            frame.shoulders[0].lerp(frame.shoulders[1], f) + up * ((chord.y - p.y) * frame.scale)
        })
        .collect();
    for i in 0..YOKE_ROWS {
        let v = i as f32 / YOKE_ROWS as f32;
        let row = |top: &[Point], ends: [Point; 2]| {
            top.iter().zip(columns).map(|(p, &f)| p.lerp(ends[0].lerp(ends[1], f), v)).collect::<Vec<_>>()
        };
        let mut body = row(&flat, armpits);
        for (((p, t), f), at) in body.iter_mut().zip(&target).zip(&flat).zip(columns) {
            let added = *t - *f;
            // What reaches far down dies away more slowly, or the rows below the first would lie above it.
            let height = (armpits[0].lerp(armpits[1], *at) - *f).dot(-up);
            let dying = (0.8 * height / added.dot(-up).max(1e-3)).clamp(1.0, 2.0);
            *p = *p + added * (1.0 - v).powf(dying);
        }
        if let Some(above) = mesh.picture.last() {
            moved_clear(above, &mut body, 1.0);
        }
        mesh.push(row(&source, chest), body);
    }
}

/// How much higher than `p` the visible shoulder is (negative when lower).
fn rise_to_outline(person: &Person, p: Point) -> f32 {
    let body = &person.body;
    let sw = body.shoulder_width;
    let below = p + body.down * (0.14 * sw);
    match march(&person.silhouettes.without_hair, below, -body.down, 0.34 * sw) {
        Some(d) if (d - 0.14 * sw).abs() < 0.13 * sw => d - 0.14 * sw + 0.012 * sw,
        _ => 0.0,
    }
}

/// One more row below the hem corners, low enough for the lowest point of the hem.
fn hem_row(mesh: &mut Mesh, garment: &TopLandmarks, frame: &Frame) {
    let (Some(source), Some(target)) = (mesh.texture.last().cloned(), mesh.picture.last().cloned()) else {
        return;
    };
    let lowest = garment.hem.iter().map(|p| p.y).fold(f32::MIN, f32::max);
    let level = (garment.hem_corners[0].y + garment.hem_corners[1].y) / 2.0;
    let extra = (lowest - level + 4.0).max(4.0);
    let (_, tangent) = along(&frame.axis, frame.hem);
    mesh.push(source.iter().map(|p| *p + pt(0.0, extra)).collect(), target.iter().map(|p| *p + tangent * (extra * frame.scale)).collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleeve_in_the_way_below_the_armpit_is_not_the_side_of_the_torso() {
        let side = [pt(100.0, 50.0), pt(20.0, 52.0), pt(21.0, 58.0), pt(101.0, 60.0), pt(95.0, 200.0)];
        let xs = side_at(&side, -1.0, &[50.0, 55.0, 60.0, 200.0]);
        assert_eq!(xs, [100.0, 100.5, 101.0, 95.0]);
    }
}
