//! A sleeve as a mesh of cross-sections along the arm.

use super::frame::Frame;
use super::mesh::Mesh;
use super::texture::Texture;
use crate::garment::{SleeveContour, TopLandmarks};
use crate::geometry::{Point, along, chaikin, polyline_length, resample_line, smooth_line};
use crate::person::{Person, Side, march};

/// Cross-sections along a sleeve.
const SECTIONS: usize = 14;
/// Points across a section, from beyond the outer contour to beyond the inner one.
const ACROSS: usize = 9;
/// A long sleeve runs this far over the wrist joint, in shoulder widths.
pub(crate) const CUFF_OVER_WRIST: f32 = 0.06;
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

    let mut mesh = Mesh::default();
    let (mut outer_edge, mut inner_edge) = (Vec::new(), Vec::new());
    for i in 0..SECTIONS {
        let t = i as f32 / (SECTIONS - 1) as f32;
        let (centre, tangent) = along(&line, reach * t);
        let outwards = tangent.turned() * side.sign();
        let laid_out = outer[i].distance(inner[i]) / 2.0 * frame.scale;
        let [out, inn] = half_widths(person, centre, outwards, reach * t / arm.max(1.0), laid_out);
        // The first sections turn from the seam of the torso to the cross-sections of the arm, so that no crack opens.
        let blend = (1.0 - t * reach / (0.42 * sw)).clamp(0.0, 1.0);
        let blend = blend * blend * (3.0 - 2.0 * blend);
        let middle = (centre + outwards * ((out - inn) / 2.0)).lerp(seam_middle, blend);
        let half = (outwards * ((out + inn) / 2.0)).lerp((seam[0] - seam[1]) * 0.5, blend);
        outer_edge.push(reach_outline(person, middle, middle + half));
        inner_edge.push(middle - half);
    }
    let outer_edge = keep_first(&outer_edge, smooth_line(&outer_edge, 0.8));
    for i in 0..SECTIONS {
        mesh.push(across(outer[i], inner[i]), across(outer_edge[i], inner_edge[i]));
    }
    mesh.pad_bottom(0.5);
    (mesh, length)
}

/// The outer edge moved outwards to the visible outline when that is a little further: the curve of the shoulder lies
/// between the seam and the first cross-section of the arm.
fn reach_outline(person: &Person, middle: Point, edge: Point) -> Point {
    let sw = person.body.shoulder_width;
    let width = middle.distance(edge);
    let direction = (edge - middle).normalised();
    match march(&person.silhouettes.person, middle, direction, width + 0.14 * sw) {
        Some(d) if d > width - 0.02 * sw => middle + direction * (d + 0.018 * sw),
        _ => edge,
    }
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

/// Points across a section, running a tenth of its width over both contours.
fn across(outer: Point, inner: Point) -> Vec<Point> {
    (0..ACROSS).map(|j| outer.lerp(inner, -0.10 + 1.20 * j as f32 / (ACROSS - 1) as f32)).collect()
}
