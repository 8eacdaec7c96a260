//! A sleeve as a mesh of cross-sections along the arm.

use super::frame::Frame;
use super::mesh::Mesh;
use super::sections::{MARGIN, move_all_clear};
use super::texture::Texture;
use crate::garment::{SleeveContour, TopLandmarks};
use crate::geometry::{Point, along, chaikin, nearest_along, polyline_length, resample_line, smooth_line, smoothstep};
use crate::person::{Person, Side, march};

/// Cross-sections along a sleeve.
const SECTIONS: usize = 14;
/// Points across a section, from beyond the outer contour to beyond the inner one.
const ACROSS: usize = 9;
/// A long sleeve runs this far over the wrist joint, in shoulder widths.
pub(crate) const CUFF_OVER_WRIST: f32 = 0.06;
/// The inner edge of the shortest sleeve, in shoulder widths.
const SHORTEST_INNER: f32 = 0.06;
/// The armpit is never further down the arm than this share of it.
const LATEST_ARMPIT: f32 = 0.4;
/// How much the inner edge is smoothed, in sections, until the sleeve does not lie on itself.
const SMOOTHED: [f32; 5] = [0.7, 1.4, 2.4, 4.0, 7.0];
/// From this share of the arm on, a sleeve was meant to reach the wrist.
const FULL_LENGTH: f32 = 0.74;

/// A sleeve drawn over the photo.
pub(crate) struct Sleeve {
    pub(crate) side: Side,
    pub(crate) layer: Texture,
    /// Share of the arm it covers, 1 at the wrist.
    pub(crate) length: f32,
}

/// The mesh of one sleeve and the share of the arm it covers.
pub(crate) fn sleeve_mesh(
    person: &Person,
    garment: &TopLandmarks,
    contour: &SleeveContour,
    frame: &Frame,
    side: Side,
    armpit: Point,
) -> (Mesh, f32) {
    let body = &person.body;
    let sw = body.shoulder_width;
    let limbs = body.limbs(side);
    let outer = resample_line(&contour.outer, SECTIONS);
    let inner = resample_line(&contour.inner, SECTIONS);
    let length = share_of_arm(garment, contour, limbs.arm_to_shoulders);

    let arm = limbs.shoulder.distance(limbs.elbow) + limbs.elbow.distance(limbs.wrist);
    let seam = [frame.shoulders[side.index()], armpit];
    let seam_middle = seam[0].lerp(seam[1], 0.5);
    let line = chaikin(&[limbs.shoulder.lerp(seam_middle, 0.35), limbs.shoulder.lerp(limbs.elbow, 0.5), limbs.elbow, limbs.wrist], 2);
    let over_wrist = if length < 1.0 { 0.0 } else { CUFF_OVER_WRIST * sw };
    let reach = length * polyline_length(&line) + over_wrist;

    // The inner edge begins at the armpit, part of the way down the arm: each edge runs evenly from the seam to the cuff,
    // as the contours of the laid-out sleeve do, so that no section turns back over the one before.
    let from_armpit = nearest_along(&line, armpit).min(LATEST_ARMPIT * polyline_length(&line));
    let inner_reach = reach.max(from_armpit + SHORTEST_INNER * sw);
    let (mut outer_edge, mut inner_edge) = (Vec::new(), Vec::new());
    for i in 0..SECTIONS {
        let t = i as f32 / (SECTIONS - 1) as f32;
        let laid_out = outer[i].distance(inner[i]) / 2.0 * frame.scale;
        let at = |s: f32| {
            let (centre, tangent) = along(&line, s);
            let outwards = tangent.turned() * side.sign();
            (centre, outwards, half_widths(person, centre, outwards, s / arm.max(1.0), laid_out))
        };
        // Near the seam the edges leave its ends, so that no crack opens.
        let seam_share = |from_seam: f32| smoothstep(1.0 - from_seam / (0.42 * sw));
        let (centre, outwards, [out, _]) = at(reach * t);
        let outside = (centre + outwards * out).lerp(seam[0], seam_share(reach * t));
        let inner_at = from_armpit + (inner_reach - from_armpit) * t;
        let (centre, outwards, [_, inn]) = at(inner_at);
        let inside = (centre - outwards * inn).lerp(seam[1], seam_share(inner_at - from_armpit));
        let middle = outside.lerp(inside, 0.5);
        outer_edge.push(reach_outline(person, middle, outside));
        inner_edge.push(if i == 0 { inside } else { reach_outline(person, middle, inside) });
    }
    let outer_edge = keep_first(&outer_edge, smooth_line(&outer_edge, 0.8));
    // Where an arm bends, sections meet on the inside. Their points are pushed on there, and the inner edge spans the bend the
    // more the tighter it is; the outside stays where it is.
    let rows = |outer: &[Point], inner: &[Point]| outer.iter().zip(inner).map(|(a, b)| across(*a, *b)).collect();
    let mut turned_over = f32::MAX;
    let mut mesh = Mesh::default();
    for sigma in SMOOTHED {
        let spanning = between_ends(&inner_edge, smooth_line(&inner_edge, sigma));
        let mut candidate = Mesh { texture: rows(&outer, &inner), picture: rows(&outer_edge, &spanning) };
        candidate.pad_bottom(0.5);
        let left = move_all_clear(&mut candidate.picture, -side.sign());
        if left < turned_over {
            (mesh, turned_over) = (candidate, left);
        }
        if turned_over <= 0.0 {
            break;
        }
    }
    (mesh, length)
}

/// An edge moved outwards to the visible outline when that is a little further: the curve of the shoulder lies between the
/// seam and the first cross-section of the arm, and an arm is not as wide everywhere as its widths say.
fn reach_outline(person: &Person, middle: Point, edge: Point) -> Point {
    let sw = person.body.shoulder_width;
    let width = middle.distance(edge);
    let direction = (edge - middle).normalised();
    match march(&person.silhouettes.person, middle, direction, width + 0.14 * sw) {
        Some(d) if d > width - 0.02 * sw => middle + direction * (d + 0.018 * sw),
        _ => edge,
    }
}

fn between_ends(line: &[Point], smoothed: Vec<Point>) -> Vec<Point> {
    let mut kept = keep_first(line, smoothed);
    if let (Some(end), Some(last)) = (line.last(), kept.last_mut()) {
        *last = *end;
    }
    kept
}

fn keep_first(line: &[Point], mut smoothed: Vec<Point>) -> Vec<Point> {
    smoothed[0] = line[0];
    smoothed
}

/// Share of the arm the sleeve covers, from its length in shoulder widths of the garment and of the body.
fn share_of_arm(garment: &TopLandmarks, contour: &SleeveContour, arm_to_shoulders: f32) -> f32 {
    let laid_out = (polyline_length(&contour.outer) + polyline_length(&contour.inner)) / 2.0;
    let shoulders = garment.shoulders[0].distance(garment.shoulders[1]);
    let share = (laid_out / shoulders * 1.13 / arm_to_shoulders).clamp(0.12, 1.0);
    if share > FULL_LENGTH { 1.0 } else { share }
}

/// How far the sleeve stands off the middle of the arm, outwards and inwards.
fn half_widths(person: &Person, centre: Point, outwards: Point, along_arm: f32, laid_out: f32) -> [f32; 2] {
    let sw = person.body.shoulder_width;
    let expected = (0.17 - 0.11 * (along_arm - 0.5).max(0.0)) * sw;
    let seen = |direction| match march(&person.silhouettes.person, centre, direction, 0.42 * sw) {
        Some(d) => d.clamp(0.75 * expected, 1.3 * expected),
        None => expected,
    };
    let arm = seen(outwards);
    let out = laid_out.clamp(arm * 1.06, arm * (1.45 - 0.2 * along_arm.min(1.0)));
    [out, out.min(expected * 1.12)]
}

/// Points across a section, running over both contours for the soft edges of the texture to be drawn whole.
fn across(outer: Point, inner: Point) -> Vec<Point> {
    (0..ACROSS).map(|j| outer.lerp(inner, -MARGIN + (1.0 + 2.0 * MARGIN) * j as f32 / (ACROSS - 1) as f32)).collect()
}
