//! Where on the body the corners of a top go: shoulders, collar, armpits, and the axis the torso hangs on.

use crate::garment::TopLandmarks;
use crate::geometry::{Point, along, chaikin};
use crate::outcome::Category;
use crate::person::{Label, Person, Side, march};

/// The body's side of the fit. Distances are pixels of the photo.
pub(crate) struct Frame {
    /// Photo pixels per garment pixel.
    pub(crate) scale: f32,
    /// Where the shoulder seams go.
    pub(crate) shoulders: [Point; 2],
    /// Where the two ends of the collar go.
    pub(crate) collar: [Point; 2],
    /// The line the torso of the garment hangs on, from the middle of the shoulder seams down.
    pub(crate) axis: Vec<Point>,
    /// Distance of the armpit line along the axis.
    pub(crate) armpit: f32,
    /// Distance of the hips along the axis.
    pub(crate) hip: f32,
    /// Distance of the hem along the axis.
    pub(crate) hem: f32,
    /// How loosely the garment may lie.
    pub(crate) ease: Ease,
}

/// By how much a garment is wider than the body below, as factors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ease {
    /// At least this much, so that what is worn now disappears under it.
    pub(crate) least: f32,
    /// At most this much, however wide the garment was laid out.
    pub(crate) most: f32,
    /// Whether the part below the hips keeps the width it was laid out with.
    pub(crate) flares: bool,
}

impl Ease {
    const fn of(category: Category) -> Self {
        match category {
            Category::Outerwear => Self { least: 1.07, most: 1.38, flares: false },
            Category::Dresses => Self { least: 1.02, most: 1.20, flares: true },
            Category::Tops | Category::Bottoms => Self { least: 1.02, most: 1.20, flares: false },
        }
    }
}

/// A top ends between these fractions of the way from shoulders to hips.
const HEM: std::ops::RangeInclusive<f32> = 0.90..=1.15;
/// So does a jacket …
const JACKET_HEM: std::ops::RangeInclusive<f32> = 0.95..=1.26;
/// … and a coat, which is a jacket longer than this many widths below the arms.
const COAT_HEM: std::ops::RangeInclusive<f32> = 1.26..=2.1;
const COAT: f32 = 2.2;
/// A dress ends below this; how far down is a matter of the legs.
const DRESS_HEM: f32 = 1.5;
/// Share of the legs a dress or a coat can cover.
const LONGEST: f32 = 0.92;
/// Sitting, the lap hides everything below the hips.
const SEATED_HEM: f32 = 1.0;
/// An old hem down to this fraction is covered by lengthening the new one.
const OLD_HEM: f32 = 1.28;

impl Frame {
    pub(crate) fn new(person: &Person, garment: &TopLandmarks, category: Category) -> Self {
        let body = &person.body;
        let (sw, tl) = (body.shoulder_width, body.torso_length);
        let mut shoulders = Side::BOTH.map(|side| shoulder_seam(person, side));
        let sleeved = garment.sleeves.is_some();
        if !sleeved {
            bring_straps_in(&mut shoulders, garment, -body.down * (0.08 * sw));
        }
        let width = shoulders[0].distance(shoulders[1]);
        let scale = if sleeved {
            width / garment.shoulders[0].distance(garment.shoulders[1])
        } else {
            1.22 * sw / garment.armpits[0].distance(garment.armpits[1])
        };
        let top = shoulders[0].lerp(shoulders[1], 0.5);
        let axis = axis_from(person, top);
        let hip = top.distance(body.mid_hip);

        let level = |pair: &[Point; 2]| (pair[0].y + pair[1].y) / 2.0;
        let drop = (level(&garment.armpits) - level(&garment.shoulders)) * scale;
        let armpit = if sleeved { drop.clamp(0.30 * tl, 0.46 * tl) } else { drop.clamp(0.24 * tl, 0.40 * tl) };
        let length = (level(&garment.hem_corners) - level(&garment.armpits)) * scale;
        let natural = (armpit + length) / hip;
        let mut ease = Ease::of(category);
        let coat = category == Category::Outerwear && garment.length_in_widths() > COAT;
        ease.flares |= coat;
        let feet = (hip + LONGEST * body.leg_length()) / hip;
        let range = match category {
            Category::Dresses => DRESS_HEM..=feet.max(DRESS_HEM),
            Category::Outerwear if coat => *COAT_HEM.start()..=COAT_HEM.end().min(feet).max(*COAT_HEM.start()),
            Category::Outerwear => JACKET_HEM,
            Category::Tops | Category::Bottoms => HEM,
        };
        let longest = if body.seated() { SEATED_HEM } else { *range.end() };
        let mut hem = natural.max(*range.start()).min(longest) * hip;
        let old = old_hem(person, &axis, hip);
        if hem < old && old < OLD_HEM * hip {
            hem = old + 0.02 * tl;
        }
        Self { ease, scale, collar: collar(person, garment, top, width, scale), shoulders, axis, armpit, hip, hem }
    }
}

/// The outer end of the shoulder: straight up and a little outwards from the joint, on the visible outline.
fn shoulder_seam(person: &Person, side: Side) -> Point {
    let body = &person.body;
    let sw = body.shoulder_width;
    let joint = body.limbs(side).shoulder;
    let outwards = body.across * side.sign();
    let direction = (outwards * 0.35 - body.down).normalised();
    match march(&person.silhouettes.without_hair, joint, direction, 0.5 * sw) {
        Some(d) if d < 0.34 * sw => {
            let expected = joint - body.down * (0.10 * sw) + outwards * (0.055 * sw);
            let seen = joint + direction * (d.clamp(0.10 * sw, 0.24 * sw) + 0.012 * sw);
            expected.lerp(seen, 0.88)
        }
        _ => joint + direction * (0.17 * sw),
    }
}

/// The straps of a sleeveless top sit between neck and shoulder.
fn bring_straps_in(shoulders: &mut [Point; 2], garment: &TopLandmarks, up: Point) {
    let apart = |pair: &[Point; 2]| (pair[1].x - pair[0].x).abs();
    let share = (apart(&garment.shoulders) / apart(&garment.armpits).max(1.0)).clamp(0.5, 1.0);
    let middle = shoulders[0].lerp(shoulders[1], 0.5);
    for s in shoulders {
        *s = middle.lerp(*s, (share * 1.02).min(1.0)) + up * (1.0 - share);
    }
}

fn axis_from(person: &Person, top: Point) -> Vec<Point> {
    let body = &person.body;
    let tl = body.torso_length;
    let (l, r) = (body.limbs(Side::Left), body.limbs(Side::Right));
    let hip = body.mid_hip;
    let mut knee = l.knee.lerp(r.knee, 0.5);
    let mut ankle = l.ankle.lerp(r.ankle, 0.5);
    if body.seated() || knee.y < hip.y + 0.3 * tl {
        knee = hip + body.down * tl;
    }
    if body.seated() || ankle.y < knee.y + 0.2 * tl {
        ankle = knee + (knee - hip).normalised() * tl;
    }
    let waist = body.mid_shoulder.lerp(hip, 0.5);
    let below = ankle + (ankle - knee).normalised() * tl;
    chaikin(&[top, waist, hip, knee, below], 2)
}

/// Where along the axis the clothing worn now ends; 0 when it is not seen.
fn old_hem(person: &Person, axis: &[Point], hip: f32) -> f32 {
    let upper = person.labels.of(Label::Upper);
    let steps = (0..).map(|i| 0.7 * hip + 3.0 * i as f32).take_while(|d| *d < 1.45 * hip);
    steps.filter(|&d| upper.nearest(along(axis, d).0).is_some_and(|v| v > 0.5)).fold(0.0, f32::max)
}

/// The ends of the collar, kept on the visible slope from shoulder to neck.
fn collar(person: &Person, garment: &TopLandmarks, top: Point, width: f32, scale: f32) -> [Point; 2] {
    let body = &person.body;
    let sw = body.shoulder_width;
    let opening = garment.collar[0].distance(garment.collar[1]) / garment.shoulders[0].distance(garment.shoulders[1]);
    let half = (opening / 2.0 * width).clamp(0.16 * sw, 0.42 * sw);
    let rise = (0..2).map(|i| garment.shoulders[i].y - garment.collar[i].y).sum::<f32>() / 2.0 * scale;
    let slope = rise.clamp(0.05 * sw, 0.17 * sw);
    Side::BOTH.map(|side| {
        let base = top + body.across * (side.sign() * half);
        let seen = match march(&person.silhouettes.without_hair, base, -body.down, 0.6 * sw) {
            Some(d) => (d + 0.015 * sw).clamp(0.8 * slope, 0.27 * sw),
            None => 0.22 * sw,
        };
        base - body.down * seen.max(slope)
    })
}
