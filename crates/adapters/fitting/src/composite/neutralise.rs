//! Takes away what the new garment leaves uncovered of the old one.

use super::front::Front;
use super::skin::{SkinPainter, Tube};
use crate::geometry::{along, polyline_length, pt};
use crate::person::{Label, Person, Side};
use crate::planes::{Colour, Knot, Plane, capsule_chain, chain_distance, dilate_grey, gaussian, inpaint, polygon};
use crate::warp::FittedTop;

/// The photo without what would show of the old clothing, and how much of it had to go (share of the old clothing).
pub(crate) struct Neutral {
    pub(crate) picture: Colour,
    pub(crate) repainted: f32,
}

pub(crate) fn neutralise(person: &Person, fitted: &FittedTop, cover: &Plane, front: &Front) -> Neutral {
    let upper = person.labels.of(Label::Upper);
    let old = uncovered(person, cover, front);
    let mut picture = person.photo.clone();
    let (neck, arms) = (neck(person, fitted, front), bare_arms(person, fitted));
    // Paint runs a little into the skin beside the cloth: there the old collar and cuffs threw their shadows.
    let soft = gaussian(&old, 0.03 * person.body.shoulder_width);
    let painted = old.zip(&soft, |o, s| o.max((s * 2.5).min(1.0)));

    // Order matters: what is behind first, so that skin is painted over the background beside it.
    let waist = Plane::from_fn(upper.width, upper.height, |x, y| {
        ((person.body.torso_fraction(pt(x as f32, y as f32)) - 0.80) / 0.1).clamp(0.0, 1.0)
    });
    let lower = person.labels.of(Label::Lower);
    let below = inpaint(&person.photo, &lower.map(|v| f32::from(v > 0.8)));
    let near_lower = gaussian(lower, 0.05 * person.body.shoulder_width);
    let behind = background(person);
    let onto_lower = waist.zip(&near_lower, |w, l| w * (l * 3.0).min(1.0));
    let mut beneath = behind;
    beneath.blend(&below, &onto_lower);
    picture.blend(&beneath, &old);

    let painter = SkinPainter::new(person);
    paint(&mut picture, &painter, &neck.zip(&painted, |n, o| n * o), None);
    for side in Side::BOTH {
        let l = person.body.limbs(side);
        let axis = [l.shoulder, l.elbow, l.wrist].map(|at| Knot::new(at, 0.0));
        let tube = Tube { distance: chain_distance(upper.width, upper.height, &axis), radius: 0.13 * person.body.shoulder_width };
        paint(&mut picture, &painter, &arms[side.index()].zip(&painted, |a, o| a * o), Some(&tube));
    }
    let worn = upper.sum().max(1.0);
    Neutral { picture, repainted: (old.sum() / worn) as f32 }
}

/// Old clothing that neither the new garment nor anything in front of it covers. A little more than the label says:
/// the pixels between cloth and background are a mixture of both, and would stay as a rim.
fn uncovered(person: &Person, cover: &Plane, front: &Front) -> Plane {
    let upper = person.labels.of(Label::Upper);
    let cuffs = old_cuffs(person);
    let wide = grown(&upper.zip(&cuffs, f32::max), 2);
    let keep = [Label::Skin, Label::Hair, Label::Lower].map(|l| person.labels.of(l));
    let mut out = Plane::new(upper.width, upper.height);
    for (i, v) in out.data.iter_mut().enumerate() {
        let sure = ((wide.data[i] - 0.15) / 0.35).clamp(0.0, 1.0);
        let other = keep.iter().map(|p| p.data[i]).fold(0.0, f32::max);
        let other = ((other - 0.35) / 0.4).clamp(0.0, 1.0);
        *v = sure * (1.0 - other) * (1.0 - front.head.data[i]);
        if cover.data[i] >= 0.999 {
            *v = 0.0;
        }
    }
    gaussian(&out, 0.7)
}

/// Around the wrists of someone in long sleeves everything but the hand is old sleeve, whatever its label: the inside
/// of a cuff has a colour of its own.
fn old_cuffs(person: &Person) -> Plane {
    let sw = person.body.shoulder_width;
    let upper = person.labels.of(Label::Upper);
    let mut out = Plane::new(upper.width, upper.height);
    for side in Side::BOTH {
        let l = person.body.limbs(side);
        let sleeved = (0..5).filter(|i| upper.nearest(l.elbow.lerp(l.wrist, *i as f32 / 5.0)).is_some_and(|v| v > 0.5)).count();
        if sleeved >= 3 {
            let end = l.wrist + (l.wrist - l.elbow).normalised() * (0.06 * sw);
            let chain = [Knot::new(l.elbow.lerp(l.wrist, 0.6), 0.16 * sw), Knot::new(end, 0.15 * sw)];
            let cuff = capsule_chain(out.width, out.height, &chain, 2.0);
            out = out.zip(&cuff, f32::max);
        }
    }
    out.zip(&grown(&person.silhouettes.person, 3), |c, m| c * m)
}

/// The wedge from chin to collar, where an old collar would show.
fn neck(person: &Person, fitted: &FittedTop, front: &Front) -> Plane {
    let body = &person.body;
    let (sw, em, head) = (body.shoulder_width, body.head.eye_to_mouth, &body.head);
    let chin = head.mouth - head.up * (0.55 * em);
    let [left, right] = fitted.collar;
    let (out, down) = (body.across * (0.12 * sw) - body.down * (0.03 * sw), body.down * (0.9 * sw));
    let mirrored = body.across * (0.12 * sw) + body.down * (0.03 * sw);
    let half = body.across * (1.15 * em);
    let corners = [chin - half, chin + half, right + out, right + down, left + down, left - mirrored];
    polygon(person.width(), person.height(), &corners, 1.5)
        .zip(&front.hair, |n, hair| n * (1.0 - hair))
        .zip(&person.silhouettes.person, |n, m| n * m)
}

/// Where bare arms would be, from just above the end of the new sleeves.
fn bare_arms(person: &Person, fitted: &FittedTop) -> [Plane; 2] {
    let sw = person.body.shoulder_width;
    Side::BOTH.map(|side| {
        let l = person.body.limbs(side);
        let line = [l.shoulder, l.elbow, l.wrist];
        let length = fitted.sleeves.iter().find(|s| s.side == side).map_or(0.0, |s| s.length);
        let arm = polyline_length(&line);
        let upper = l.shoulder.distance(l.elbow) / arm.max(1.0);
        let radius = |t: f32| if t < upper { 0.15 - 0.03 * t / upper } else { 0.12 - 0.04 * (t - upper) / (1.0 - upper) };
        let chain: Vec<Knot> = (0..=8)
            .map(|i| {
                let t = (length - 0.06).max(0.0) + (1.0 - (length - 0.06).max(0.0)) * i as f32 / 8.0;
                Knot::new(along(&line, t * arm).0, radius(t) * sw)
            })
            .collect();
        capsule_chain(person.width(), person.height(), &chain, 1.5)
    })
}

/// The background, continued behind the person.
fn background(person: &Person) -> Colour {
    let mask = grown(&person.silhouettes.person, 3);
    inpaint(&person.photo, &mask.map(|m| f32::from(m < 0.04)))
}

/// The greatest value within `reach` pixels.
fn grown(plane: &Plane, reach: usize) -> Plane {
    (0..reach).fold(plane.clone(), |p, _| dilate_grey(&p))
}

fn paint(picture: &mut Colour, painter: &SkinPainter, share: &Plane, tube: Option<&Tube>) {
    for y in 0..share.height {
        for x in 0..share.width {
            let a = share.get(x, y);
            if a > 0.003 {
                let i = y * share.width + x;
                let (under, skin) = (picture.index(i), painter.at(x, y, tube));
                picture.set_index(i, std::array::from_fn(|c| under[c] + (skin[c] - under[c]) * a));
            }
        }
    }
}
