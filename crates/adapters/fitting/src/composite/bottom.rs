//! Trousers, shorts and skirts: under what is worn above, over the shoes.

use super::behind::{background, grown};
use super::front::Front;
use super::layer::{Setting, front_shadow, put_shaped};
use super::legs::{feet, paint_legs, worn_below};
use super::shading::{exposure, light_of_old_clothing, roundness, shadow_below};
use super::skin::SkinPainter;
use super::{Composite, Scene};
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

pub(super) fn compose(scene: &Scene<'_>, fitted: &FittedBottom, tucked: bool) -> Composite {
    let person = &scene.near;
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

    let old = uncovered(person, lower, &cover, tucked);
    let mut out = person.photo.clone();
    out.blend(&background(scene, &old), &old.zip(&front, |o, f| o * (1.0 - f)));
    if fitted.length < 1.0 {
        paint_legs(&mut out, &SkinPainter::new(scene), person, &old);
    }

    let light = light_of_old_clothing(person, lower, &cover);
    let level = exposure(scene.whole);
    let on_body = person.silhouettes.person.map(|m| 0.6 * m * m);
    let setting = Setting { front: &front, light: &light, level, below: &on_body };
    // A leg is round by itself, and its inner edge goes on a little way up into the hips, which are one piece with it: the
    // roundness of a leg and that of the hips beside it are the same.
    let whole = roundness(&cover, RIM * sw);
    let soft = |shape: Plane| gaussian(&shape, 0.02 * sw);
    let round: Vec<Plane> = legs.iter().map(|leg| roundness(&leg.zip(&hips, f32::max), RIM * sw).zip(&whole, f32::min)).collect();
    for ((layer, alpha), round) in fitted.legs.iter().zip(&legs).zip(&round) {
        put_shaped(&mut out, layer, alpha, &soft(round.clone()), 0.03 * sw, &setting);
    }
    let shape = round.into_iter().reduce(|a, b| a.zip(&b, f32::max)).map_or(whole, soft);
    // The hips are one piece with the legs, and throw no shadow on them.
    let beside = legs.iter().fold(on_body.clone(), |b, leg| b.zip(leg, |b, l| b * (1.0 - l)));
    let setting = Setting { below: &beside, ..setting };
    put_shaped(&mut out, &drawn, &hips, &shape, 0.03 * sw, &setting);
    front_shadow(&mut out, &shadow_below(&front, (0.03 * sw) as usize, 0.03 * sw), &cover);
    let worn = lower.sum().max(1.0);
    let shows = old.zip(upper, |o, u| o * (1.0 - u)).sum();
    Composite { picture: out.to_rgb(), repainted: (shows / worn) as f32, cover }
}

/// Takes away what of a waistband would stick out beside the top that hangs over it: all above the hem of that.
fn hide_above_hem(person: &Person, waistband: &mut Texture) {
    let (body, upper) = (&person.body, person.labels.of(Label::Upper));
    let arms = person.silhouettes.arms(body);
    let tl = body.torso_length;
    // The lowest place of the top in each column of the picture, and beside the top that of its outermost column.
    let mut hems = vec![None; upper.width];
    for (x, hem) in hems.iter_mut().enumerate() {
        let hangs = |y: &usize| {
            let down = body.torso_fraction(pt(x as f32, *y as f32));
            upper.get(x, *y) > 0.5 && arms.get(x, *y) < 0.5 && (0.7..UNTUCKED).contains(&down)
        };
        *hem = (0..upper.height).rev().find(hangs);
    }
    let Some(first) = hems.iter().position(Option::is_some) else { return };
    let last = hems.iter().rposition(Option::is_some).unwrap_or(first);
    for (i, px) in waistband.pixels.iter_mut().enumerate() {
        let (x, y) = (i % upper.width, i / upper.width);
        if let Some(hem) = hems[x.clamp(first, last)] {
            let keep = ((y as f32 - hem as f32) / (0.01 * tl).max(1.0) + 1.0).clamp(0.0, 1.0);
            px.iter_mut().for_each(|v| *v *= keep);
        }
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
fn uncovered(person: &Person, lower: &Plane, cover: &Plane, tucked: bool) -> Plane {
    let feet = feet(person, lower);
    let mut lower = grown(lower, 2);
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
