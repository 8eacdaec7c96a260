//! Trousers, shorts and skirts: under what is worn above, over the shoes.

use super::Composite;
use super::behind::{background, grown};
use super::front::Front;
use super::layer::{Setting, front_shadow, put_shaped};
use super::legs::{feet, paint_legs, worn_below};
use super::shading::{exposure, light_of_old_clothing, roundness, shadow_below};
use super::skin::SkinPainter;
use crate::geometry::pt;
use crate::person::{Label, Person};
use crate::planes::{Plane, gaussian};
use crate::warp::{FittedBottom, Texture, WAIST};

/// Width of a leg's rounded edge, in shoulder widths.
const RIM: f32 = 0.16;
/// Hips are nowhere wider than this on either side, in shoulder widths.
const WIDEST_HIPS: f32 = 0.60;
/// A waistband hides this much of a top tucked into it, in torso lengths.
const WAISTBAND: f32 = 0.05;
/// The upper garment hangs over the new one down to here at most, in torso lengths.
const UNTUCKED: f32 = 1.30;

pub(super) fn compose(person: &Person, fitted: &FittedBottom, tucked: bool) -> Composite {
    let sw = person.body.shoulder_width;
    let (upper, lower) = (person.labels.of(Label::Upper), &worn_below(person));
    let front = before(person, tucked);
    let mut drawn = fitted.hips.clone();
    if !tucked {
        hide_above_hem(person, &mut drawn);
    }
    let hips = drawn.alpha();
    let legs: Vec<Plane> = fitted.legs.iter().map(Texture::alpha).collect();
    let cover = legs.iter().fold(hips.clone(), |c, l| c.zip(l, f32::max));

    let old = uncovered(person, &cover, tucked);
    let mut out = person.photo.clone();
    out.blend(&background(person, &old), &old.zip(&front, |o, f| o * (1.0 - f)));
    if fitted.length < 1.0 {
        paint_legs(&mut out, &SkinPainter::new(person), person, &old);
    }

    let light = light_of_old_clothing(person, lower);
    let level = exposure(person);
    let on_body = person.silhouettes.person.map(|m| 0.6 * m * m);
    let setting = Setting { front: &front, light: &light, level, below: &on_body };
    // A leg is round by itself, but goes over into the hips without an edge.
    let whole = roundness(&cover, RIM * sw);
    for (layer, alpha) in fitted.legs.iter().zip(&legs) {
        let own = roundness(&alpha.zip(&hips, f32::max), RIM * sw);
        put_shaped(&mut out, layer, alpha, &own.zip(&whole, f32::min), 0.03 * sw, &setting);
    }
    let mut shape = whole;
    if !legs.is_empty() {
        // Where both legs meet below the crotch, their inner edges go on a little way up into the hips.
        let between = legs.iter().fold(shape.clone(), |s, l| s.zip(&roundness(&l.zip(&hips, f32::max), RIM * sw), f32::min));
        shape = gaussian(&between, 0.03 * sw);
    }
    // The hips are one piece with the legs, and throw no shadow on them.
    let beside = legs.iter().fold(on_body.clone(), |b, leg| b.zip(leg, |b, l| b * (1.0 - l)));
    let setting = Setting { below: &beside, ..setting };
    put_shaped(&mut out, &drawn, &hips, &shape, 0.03 * sw, &setting);
    front_shadow(&mut out, &shadow_below(&front, (0.03 * sw) as usize, 0.03 * sw), &cover);
    let worn = lower.sum().max(1.0);
    let shows = old.zip(upper, |o, u| o * (1.0 - u)).sum();
    Composite { picture: out.to_rgb(), repainted: (shows / worn) as f32, cover }
}

/// Takes away what of a waistband would stick out beside the top that hangs over it.
fn hide_above_hem(person: &Person, waistband: &mut Texture) {
    let upper = person.labels.of(Label::Upper);
    let body = &person.body;
    let steps = (0..60).map(|i| 0.7 + 0.01 * i as f32);
    let worn = |v: &f32| upper.nearest(body.mid_shoulder + body.down * (v * body.torso_length)).is_some_and(|u| u > 0.5);
    let Some(hem) = steps.filter(worn).last() else { return };
    let outline = grown(&person.silhouettes.person, 1);
    for (i, px) in waistband.pixels.iter_mut().enumerate() {
        let at = pt((i % outline.width) as f32, (i / outline.width) as f32);
        let above = ((hem - body.torso_fraction(at)) / 0.03).clamp(0.0, 1.0);
        let keep = 1.0 - above * (1.0 - outline.data[i]);
        px.iter_mut().for_each(|v| *v *= keep);
    }
}

/// What is in front of a bottom: the upper garment unless it is tucked in, arms and hands, long hair.
fn before(person: &Person, tucked: bool) -> Plane {
    let front = Front::of(person);
    if tucked {
        return front.arms.zip(&front.hair, f32::max);
    }
    let upper = person.labels.of(Label::Upper);
    let hanging = Plane::from_fn(upper.width, upper.height, |x, y| {
        let down = person.body.torso_fraction(pt(x as f32, y as f32));
        let free = ((UNTUCKED - down) / 0.04).clamp(0.0, 1.0);
        ((upper.get(x, y) - 0.4) / 0.3).clamp(0.0, 1.0) * free
    });
    hanging.zip(&front.arms, f32::max).zip(&front.hair, f32::max)
}

/// What is left of the old bottom: not covered, not shoes, and nothing of what is worn above. Tucked in, nothing is seen
/// of that from the new waist down.
fn uncovered(person: &Person, cover: &Plane, tucked: bool) -> Plane {
    let mut lower = grown(&worn_below(person), 2);
    let feet = feet(person);
    let upper = person.labels.of(Label::Upper);
    let sleeves = person.silhouettes.arms(&person.body);
    let kept = Plane::from_fn(upper.width, upper.height, |x, y| {
        let at = pt(x as f32, y as f32);
        let inside = (at - person.body.mid_hip).dot(person.body.across).abs() < WIDEST_HIPS * person.body.shoulder_width;
        let below = person.body.torso_fraction(at) > 1.0 - WAIST + WAISTBAND;
        let hidden = if tucked && inside && below { 1.0 - sleeves.get(x, y) } else { 0.0 };
        upper.get(x, y) * (1.0 - hidden)
    });
    if tucked {
        let hidden = grown(&upper.zip(&kept, |all, kept| all - kept), 2);
        lower = lower.zip(&hidden, f32::max);
    }
    let keep = [person.labels.of(Label::Skin), person.labels.of(Label::Hair), &kept];
    let mut out = Plane::new(lower.width, lower.height);
    for (i, v) in out.data.iter_mut().enumerate() {
        let sure = ((lower.data[i] - 0.15) / 0.35).clamp(0.0, 1.0);
        let other = keep.iter().map(|p| p.data[i]).fold(0.0, f32::max);
        let other = ((other - 0.35) / 0.4).clamp(0.0, 1.0);
        *v = if cover.data[i] >= 0.999 { 0.0 } else { sure * (1.0 - other) * (1.0 - feet.data[i]) };
    }
    gaussian(&out, 0.7)
}
