//! Takes away what the new garment leaves uncovered of the old one.

use super::front::Front;
use super::skin::{SkinPainter, Tube};
use crate::geometry::pt;
use crate::person::{Label, Person, Side};
use crate::planes::{Colour, Knot, Plane, capsule_chain, dilate_grey, gaussian, inpaint, polygon};
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
    let (neck, arms) = (neck(person, fitted, front), bare_arms(person));

    // Order matters: what is behind first, so that skin is painted over the background beside it.
    let skin_share = neck.zip(&arms[0], f32::max).zip(&arms[1], f32::max);
    let waist = Plane::from_fn(upper.width, upper.height, |x, y| {
        ((person.body.torso_fraction(pt(x as f32, y as f32)) - 0.80) / 0.1).clamp(0.0, 1.0)
    });
    let lower = person.labels.of(Label::Lower);
    let below = inpaint(&person.photo, &lower.map(|v| f32::from(v > 0.8)));
    let near_lower = gaussian(lower, 0.05 * person.body.shoulder_width);
    let behind = background(person);
    let rest = old.zip(&skin_share, |o, s| o * (1.0 - s));
    let onto_lower = waist.zip(&near_lower, |w, l| w * (l * 3.0).min(1.0));
    picture.blend(&behind, &rest.zip(&onto_lower, |r, l| r * (1.0 - l)));
    picture.blend(&below, &rest.zip(&onto_lower, |r, l| r * l));

    let painter = SkinPainter::new(person);
    paint(&mut picture, &painter, &neck.zip(&old, |n, o| n * o), None);
    for side in Side::BOTH {
        let l = person.body.limbs(side);
        let axis = [l.shoulder, l.elbow, l.wrist];
        let tube = Tube { axis: &axis, radius: 0.13 * person.body.shoulder_width };
        paint(&mut picture, &painter, &arms[side.index()].zip(&old, |a, o| a * o), Some(&tube));
    }
    let worn = upper.sum().max(1.0);
    Neutral { picture, repainted: (old.sum() / worn) as f32 }
}

/// Old clothing that neither the new garment nor anything in front of it covers. A little more than the label says:
/// the pixels between cloth and background are a mixture of both, and would stay as a rim.
fn uncovered(person: &Person, cover: &Plane, front: &Front) -> Plane {
    let upper = person.labels.of(Label::Upper);
    let wide = grown(upper, 2);
    let keep = [Label::Skin, Label::Hair, Label::Lower].map(|l| person.labels.of(l));
    let mut out = Plane::new(upper.width, upper.height);
    for (i, v) in out.data.iter_mut().enumerate() {
        let sure = ((wide.data[i] - 0.15) / 0.35).clamp(0.0, 1.0);
        let other = keep.iter().map(|p| p.data[i]).fold(0.0, f32::max);
        let other = ((other - 0.35) / 0.4).clamp(0.0, 1.0);
        *v = sure * (1.0 - other) * (1.0 - front.head.data[i]) * (1.0 - 0.9 * front.arms.data[i]);
        if cover.data[i] >= 0.999 {
            *v = 0.0;
        }
    }
    gaussian(&out, 0.7)
}

/// The wedge from chin to collar, where an old collar would show.
fn neck(person: &Person, fitted: &FittedTop, front: &Front) -> Plane {
    let body = &person.body;
    let (sw, em, head) = (body.shoulder_width, body.head.eye_to_mouth, &body.head);
    let chin = head.mouth - head.up * (0.75 * em);
    let [left, right] = fitted.collar;
    let (out, down) = (body.across * (0.02 * sw), body.down * (0.35 * sw));
    let half = body.across * (0.9 * em);
    let corners = [chin - half, chin + half, right + out, right + down, left + down, left - out];
    polygon(person.width(), person.height(), &corners, 1.5).zip(&front.hair, |n, hair| n * (1.0 - hair))
}

/// Where bare arms would be.
fn bare_arms(person: &Person) -> [Plane; 2] {
    let sw = person.body.shoulder_width;
    Side::BOTH.map(|side| {
        let l = person.body.limbs(side);
        let chain = [(l.shoulder, 0.155), (l.elbow, 0.125), (l.wrist, 0.095)].map(|(at, r)| Knot::new(at, r * sw));
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

fn paint(picture: &mut Colour, painter: &SkinPainter, share: &Plane, tube: Option<&Tube<'_>>) {
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
