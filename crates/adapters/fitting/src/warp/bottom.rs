//! Trousers, shorts and skirts: a mesh for the hips and one for each leg, or one for a whole skirt.

use super::cloth::Cloth;
use super::mesh::Mesh;
use super::sections::unfolded;
use super::texture::Texture;
use crate::garment::{BottomLandmarks, CutOut, Legs};
use crate::geometry::{Point, along, chaikin, polyline_length, pt, resample_line, smooth, smooth_line, smoothstep};
use crate::person::{Body, Person, Side, march};
use crate::planes::Area;

/// Cross-sections from waist to crotch, along a leg, and along a skirt.
const HIP_ROWS: usize = 9;
const LEG_ROWS: usize = 20;
const SKIRT_ROWS: usize = 26;
/// Points across: from the middle to the side, across a leg, across a skirt.
const HALF_COLUMNS: usize = 7;
const LEG_COLUMNS: usize = 9;
const SKIRT_COLUMNS: usize = 15;
/// The waist lies this far above the hip joints and the crotch this far below, in torso lengths.
pub(crate) const WAIST: f32 = 0.20;
const CROTCH: f32 = 0.16;
/// From this share of waist to ankle on, trousers were meant to reach the shoes.
const FULL_LENGTH: f32 = 0.72;
/// Full-length trousers run this far over the ankle joint, in shoulder widths.
const OVER_ANKLE: f32 = 0.13;
/// How much wider than the body cloth lies: at least, and at most on the hips and on a leg.
const LEAST: f32 = 1.03;
const MOST_AT_HIPS: f32 = 1.22;
const MOST_AT_LEG: f32 = 1.55;
/// Laid flat a leg is this much wider than it looks hanging round.
const ROUND: f32 = 0.84;
/// A skirt follows the legs out to this multiple of the width it was laid out with.
const STRETCH: f32 = 1.2;

/// A bottom as layers over the photo, and where it came to lie.
pub(crate) struct FittedBottom {
    /// From waist to crotch; the whole of a skirt.
    pub(crate) hips: Texture,
    /// From the crotch down; none of a skirt.
    pub(crate) legs: Vec<Texture>,
    /// Photo pixels per garment pixel.
    pub(crate) scale: f32,
    /// Share of the way from waist to ankle it covers, 1 at the ankle.
    pub(crate) length: f32,
}

impl FittedBottom {
    pub(super) fn within(&self, area: &Area) -> Self {
        Self { hips: self.hips.cropped(area), legs: self.legs.iter().map(|leg| leg.cropped(area)).collect(), ..*self }
    }
}

/// Fits a bottom to a standing person.
pub(crate) fn fit_bottom(person: &Person, cut: &CutOut, garment: &BottomLandmarks) -> FittedBottom {
    let hips = Hips::measure(person);
    let waist = garment.waist[1].x - garment.waist[0].x;
    let scale = (hips.ends(0.0)[0].distance(hips.ends(0.0)[1])) / waist;
    let full = WAIST * person.body.torso_length + person.body.leg_length();
    let share = (garment.height() * scale / full).clamp(0.20, 1.0);
    let cloth = Cloth::new(cut, scale);
    let (w, h) = (person.width(), person.height());
    match &garment.legs {
        None => {
            let mesh = skirt_mesh(person, garment, &hips, scale, share);
            FittedBottom { hips: cloth.draw(&cloth.masked(|_| 1.0), &mesh, w, h), legs: Vec::new(), scale, length: share }
        }
        Some(legs) => {
            let length = if share > FULL_LENGTH { 1.0 } else { share };
            let upper = hip_mesh(garment, legs, &hips, scale);
            let drawn = Side::BOTH.map(|side| {
                let mesh = leg_mesh(person, garment, legs, &hips, side, scale, length);
                cloth.draw(&cloth.masked(|p| own_leg(legs, side, p)), &mesh, w, h)
            });
            FittedBottom { hips: cloth.draw(&cloth.masked(|_| 1.0), &upper, w, h), legs: drawn.into(), scale, length }
        }
    }
}

/// The body between waist and crotch.
pub(super) struct Hips {
    waist: Point,
    crotch: Point,
    across: Point,
    /// Half-widths at equal steps from waist to crotch, left and right.
    halves: [Vec<f32>; 2],
}

impl Hips {
    pub(super) fn measure(person: &Person) -> Self {
        let body = &person.body;
        let waist = body.mid_hip - body.down * (WAIST * body.torso_length);
        let crotch = body.mid_hip + body.down * (CROTCH * body.torso_length);
        let halves = Side::BOTH.map(|side| {
            let seen: Vec<f32> = (0..HIP_ROWS)
                .map(|i| {
                    let f = i as f32 / (HIP_ROWS - 1) as f32;
                    half_width(person, waist.lerp(crotch, f), body.across * side.sign(), expected(body, f))
                })
                .collect();
            smooth(&seen, 1.2)
        });
        Self { waist, crotch, across: body.across, halves }
    }

    /// The ends of the cross-section at a fraction of the way from waist to crotch.
    fn ends(&self, f: f32) -> [Point; 2] {
        let row = ((f * (HIP_ROWS - 1) as f32).round() as usize).min(HIP_ROWS - 1);
        Side::BOTH.map(|s| self.waist.lerp(self.crotch, f) + self.across * (s.sign() * self.halves[s.index()][row] * LEAST))
    }
}

/// Half the width that the joints suggest at a fraction of the way from waist to crotch.
fn expected(body: &Body, f: f32) -> f32 {
    let (sw, hips) = (body.shoulder_width, body.limbs(Side::Left).hip.distance(body.limbs(Side::Right).hip));
    let waist = (0.40 * sw).max(0.8 * hips);
    waist + (waist.max(0.72 * hips + 0.12 * sw) - waist) * f
}

/// Half the body's width as seen, when that is near what was expected.
fn half_width(person: &Person, centre: Point, outwards: Point, expected: f32) -> f32 {
    match march(&person.silhouettes.without_arms, centre, outwards, 1.6 * expected) {
        Some(seen) if (0.65 * expected..1.40 * expected).contains(&seen) => seen,
        _ => expected,
    }
}

/// `n` points from one point to another.
fn row(from: Point, to: Point, n: usize) -> Vec<Point> {
    (0..n).map(|i| from.lerp(to, i as f32 / (n - 1) as f32)).collect()
}

/// Left end, middle and right end joined to one row.
fn row_through(ends: [Point; 2], middle: Point) -> Vec<Point> {
    let mut all = row(ends[0], middle, HALF_COLUMNS);
    all.extend(row(middle, ends[1], HALF_COLUMNS).into_iter().skip(1));
    all
}

pub(super) fn hip_mesh(garment: &BottomLandmarks, legs: &Legs, hips: &Hips, scale: f32) -> Mesh {
    let mut mesh = Mesh::default();
    let top = f32::midpoint(garment.waist[0].y, garment.waist[1].y);
    let middle_of_waist = garment.waist[0].lerp(garment.waist[1], 0.5).x;
    let above = 0.05 * garment.height();
    for i in 0..HIP_ROWS {
        let f = i as f32 / (HIP_ROWS - 1) as f32;
        let y = top + (legs.crotch.y - top) * f;
        let ends = [0, 1].map(|side| garment.side_at(side, y));
        let middle = pt(middle_of_waist + (legs.crotch.x - middle_of_waist) * f, y);
        let (source, target) = (row_through(ends, middle), row_through(hips.ends(f), hips.waist.lerp(hips.crotch, f)));
        if i == 0 {
            let up = (hips.waist - hips.crotch).normalised() * (above * scale);
            mesh.push(source.iter().map(|p| *p - pt(0.0, above)).collect(), target.iter().map(|p| *p + up).collect());
        }
        mesh.push(source, target);
    }
    mesh.pad_columns(0.35);
    mesh
}

/// The mesh of one leg. Its first section is that side's half of the last one of the hips.
pub(super) fn leg_mesh(person: &Person, garment: &BottomLandmarks, legs: &Legs, hips: &Hips, side: Side, scale: f32, length: f32) -> Mesh {
    let body = &person.body;
    let (sw, sign, k) = (body.shoulder_width, side.sign(), side.index());
    let limbs = body.limbs(side);
    let below_crotch: Vec<Point> = std::iter::once(garment.side_at(k, legs.crotch.y))
        .chain(garment.sides[k].iter().copied().filter(|p| p.y > legs.crotch.y))
        .collect();
    let (outer, inner) = (resample_line(&below_crotch, LEG_ROWS), resample_line(&legs.inner[k], LEG_ROWS));

    let seam = [hips.ends(1.0)[k], hips.crotch];
    let seam_middle = seam[0].lerp(seam[1], 0.5);
    let line = chaikin(&[seam_middle, limbs.hip.lerp(limbs.knee, 0.55), limbs.knee, limbs.ankle], 2);
    let whole = polyline_length(&line).max(1.0);
    let above = WAIST * body.torso_length + CROTCH * body.torso_length;
    let reach = if length < 1.0 { (length * (above + whole) - above).max(0.12 * whole) } else { whole + OVER_ANKLE * sw };

    let (mut outer_edge, mut inner_edge) = (Vec::new(), Vec::new());
    for i in 0..LEG_ROWS {
        let d = reach * i as f32 / (LEG_ROWS - 1) as f32;
        let (centre, tangent) = along(&line, d);
        let outwards = tangent.turned() * sign;
        let laid_out = outer[i].distance(inner[i]) / 2.0 * scale * ROUND;
        let usual = 0.27 * sw * (1.0 - 0.42 * (d / whole).min(1.0));
        let seen = |direction| match march(&person.silhouettes.without_arms, centre, direction, 0.5 * sw) {
            Some(d) => d.clamp(0.62 * usual, 1.25 * usual),
            None => usual,
        };
        let (out, inn) = (seen(outwards), seen(-outwards));
        let out = laid_out.clamp(out * LEAST, out * MOST_AT_LEG);
        // Up to the line between the legs, where the other one begins.
        let between = to_middle(body, centre, outwards) + (0.02 + 0.05 * (1.0 - d / (0.35 * sw)).clamp(0.0, 1.0)) * sw;
        let inn = laid_out.clamp(inn * LEAST, inn * MOST_AT_LEG).min(between.max(0.5 * usual));
        let blend = smoothstep(1.0 - d / (0.45 * sw));
        let middle = (centre + outwards * ((out - inn) / 2.0)).lerp(seam_middle, blend);
        let half = (outwards * ((out + inn) / 2.0)).lerp((seam[0] - seam[1]) * 0.5, blend);
        outer_edge.push(middle + half);
        inner_edge.push(middle - half);
    }
    let fixed = |edge: &[Point], first: Point| {
        let mut smoothed = smooth_line(edge, 1.0);
        smoothed[0] = first;
        smoothed
    };
    let [outer_edge, inner_edge] = unfolded(fixed(&outer_edge, seam[0]), fixed(&inner_edge, seam[1]), -side.sign());
    let mut mesh = Mesh::default();
    for i in 0..LEG_ROWS {
        mesh.push(row(outer[i], inner[i], LEG_COLUMNS), row(outer_edge[i], inner_edge[i], LEG_COLUMNS));
    }
    mesh.pad_columns(0.45);
    mesh.pad_bottom(0.6);
    mesh
}

/// How far inwards from a place on a leg the line between the legs is.
fn to_middle(body: &Body, at: Point, outwards: Point) -> f32 {
    let (l, r) = (body.limbs(Side::Left), body.limbs(Side::Right));
    let (knees, ankles) = (l.knee.lerp(r.knee, 0.5), l.ankle.lerp(r.ankle, 0.5));
    let (from, to) = if at.y < knees.y { (body.mid_hip, knees) } else { (knees, ankles) };
    let t = ((at.y - from.y) / (to.y - from.y).max(1.0)).clamp(0.0, 1.5);
    (at - from.lerp(to, t)).dot(outwards)
}

pub(super) fn skirt_mesh(person: &Person, garment: &BottomLandmarks, hips: &Hips, scale: f32, share: f32) -> Mesh {
    let body = &person.body;
    let (l, r) = (body.limbs(Side::Left), body.limbs(Side::Right));
    let (knee, ankle) = (l.knee.lerp(r.knee, 0.5), l.ankle.lerp(r.ankle, 0.5));
    let axis = chaikin(&[hips.waist, body.mid_hip, knee, ankle], 2);
    let reach = share * polyline_length(&axis);
    let above = 0.05 * garment.height();
    let (top, foot) = (garment.waist[0].y, garment.sides.iter().filter_map(|s| s.last()).map(|p| p.y).fold(f32::MAX, f32::min));
    let middle = garment.waist[0].lerp(garment.waist[1], 0.5).x;
    let rows: Vec<f32> = (0..SKIRT_ROWS).map(|i| i as f32 / (SKIRT_ROWS - 1) as f32).collect();
    let edges = Side::BOTH.map(|side| {
        let ends: Vec<Point> = rows
            .iter()
            .map(|&f| {
                let (centre, tangent) = along(&axis, reach * f);
                let outwards = tangent.turned() * side.sign();
                let laid_out = (garment.side_at(side.index(), top + (foot - top) * f).x - middle) * side.sign() * scale;
                let on_hips = (reach * f / hips.waist.distance(hips.crotch)).min(1.0);
                let usual = expected(body, on_hips);
                let seen = half_width(person, centre, outwards, usual);
                let narrowest = seen.min(STRETCH * laid_out.max(usual)) * LEAST;
                let widest = if on_hips < 1.0 { seen * MOST_AT_HIPS } else { f32::MAX };
                centre + outwards * laid_out.min(widest).max(narrowest)
            })
            .collect();
        smooth_line(&ends, 1.2)
    });
    let [left, right] = edges;
    let edges = unfolded(left, right, 1.0);
    let mut mesh = Mesh::default();
    for (i, &f) in rows.iter().enumerate() {
        let y = top + (foot - top) * f;
        let source = row(garment.side_at(0, y), garment.side_at(1, y), SKIRT_COLUMNS);
        let target = row(edges[0][i], edges[1][i], SKIRT_COLUMNS);
        if i == 0 {
            let up = body.down * (-above * scale);
            mesh.push(source.iter().map(|p| *p - pt(0.0, above)).collect(), target.iter().map(|p| *p + up).collect());
        }
        mesh.push(source, target);
    }
    let extra = (garment.bottom - foot + 4.0).max(4.0);
    let (_, tangent) = along(&axis, reach);
    if let (Some(source), Some(target)) = (mesh.texture.last().cloned(), mesh.picture.last().cloned()) {
        let lower = |row: Vec<Point>, by: Point| row.into_iter().map(|p| p + by).collect();
        mesh.push(lower(source, pt(0.0, extra)), lower(target, tangent * (extra * scale)));
    }
    mesh.pad_columns(0.3);
    mesh
}

/// 1 on the side of the leg, 0 on the other leg's, over three pixels.
fn own_leg(legs: &Legs, side: Side, p: Point) -> f32 {
    (((p.x - legs.crotch.x) * side.sign() + 5.0) / 3.0).clamp(0.0, 1.0)
}
