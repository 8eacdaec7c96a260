//! Bare legs where trousers were, and the shoes below them.

use super::skin::SkinPainter;
use crate::geometry::pt;
use crate::person::{Label, Person, Side};
use crate::planes::{Colour, Components, Connectivity, Knot, Plane, capsule_chain, lab_of, median};

/// Half-widths of a bare leg in shoulder widths: at the hip, above the knee, at the knee, at the calf, at the ankle.
const HIP: f32 = 0.235;
const ABOVE_KNEE: f32 = 0.165;
const KNEE: f32 = 0.145;
const CALF: f32 = 0.148;
const ANKLE: f32 = 0.076;
/// Down to here, in torso lengths, there are hips.
const HIPS: f32 = 1.35;
/// From here on, in torso lengths, bare skin can be seen between the legs of shorts.
const BELOW_HIPS: f32 = 1.16;
/// Colours as far apart as this in Lab are of two things …
const OTHER: f32 = 22.0;
/// … and as near as this of one.
const SAME: f32 = 10.0;

/// The axis of a bare leg with its half-widths, in pixels.
fn leg(person: &Person, side: Side) -> Vec<Knot> {
    let (l, sw) = (person.body.limbs(side), person.body.shoulder_width);
    [
        (l.hip, HIP),
        (l.hip.lerp(l.knee, 0.7), ABOVE_KNEE),
        (l.knee, KNEE),
        (l.knee.lerp(l.ankle, 0.3), CALF),
        (l.knee.lerp(l.ankle, 0.62), 0.5 * (CALF + ANKLE)),
        (l.ankle, ANKLE),
        (l.ankle + (l.ankle - l.knee).normalised() * (0.10 * sw), ANKLE),
    ]
    .map(|(at, r)| Knot::new(at, r * sw))
    .into()
}

/// Where bare legs are, 0..=1.
fn bare_legs(person: &Person) -> [Plane; 2] {
    Side::BOTH.map(|side| capsule_chain(person.width(), person.height(), &leg(person, side), 1.5))
}

/// Paints skin where `old` clothing is in the way of bare legs. Beside the hips there is none to be seen: what is not
/// covered there is background.
pub(super) fn paint_legs(picture: &mut Colour, painter: &SkinPainter, person: &Person, old: &Plane) {
    let below_hips = |x: usize, y: usize| ((person.body.torso_fraction(pt(x as f32, y as f32)) - BELOW_HIPS) / 0.04).clamp(0.0, 1.0);
    let shows = Plane::from_fn(old.width, old.height, |x, y| old.get(x, y) * below_hips(x, y));
    let legs = bare_legs(person);
    for side in Side::BOTH {
        painter.paint(picture, &legs[side.index()].zip(&shows, |l, o| l * o), Some(&leg(person, side)));
    }
}

/// What is worn below, 0..=1: of what has that label the parts that hang together with the hips. Socks and boots do not.
pub(super) fn worn_below(person: &Person) -> Plane {
    let lower = person.labels.of(Label::Lower);
    let components = Components::of(&lower.mask(|v| v > 0.3), Connectivity::Eight);
    let mut worn = vec![false; components.list.len() + 1];
    // What is too faint to be a component goes with what is near.
    worn[0] = true;
    for (i, label) in components.labels.iter().enumerate() {
        if !worn[*label as usize] {
            let at = pt((i % lower.width) as f32, (i / lower.width) as f32);
            worn[*label as usize] = person.body.torso_fraction(at) < HIPS;
        }
    }
    let data = lower.data.iter().zip(&components.labels).map(|(v, label)| if worn[*label as usize] { *v } else { 0.0 }).collect();
    Plane { data, ..*lower }
}

/// Shoes and feet, which stay: 0..=1. What has the colour of the trousers above the ankle, of what is worn `lower`, is no shoe.
pub(super) fn feet(person: &Person, lower: &Plane) -> Plane {
    let sw = person.body.shoulder_width;
    let (width, height) = (person.width(), person.height());
    let mut out = Plane::new(width, height);
    for side in Side::BOTH {
        let l = person.body.limbs(side);
        let chain = [(l.ankle, 0.11), (l.heel, 0.15), (l.toe, 0.18)].map(|(at, r)| Knot::new(at, r * sw));
        let foot = capsule_chain(width, height, &chain, 3.0);
        let cloth = colour_of_trousers(person, side, lower);
        let down = (l.ankle - l.knee).normalised();
        let shoe = Plane::from_fn(width, height, |x, y| {
            let here = foot.get(x, y);
            if here <= 0.0 {
                return 0.0;
            }
            let below_ankle = (pt(x as f32, y as f32) - l.ankle).dot(down) / sw;
            let shoe = match cloth {
                Some(cloth) => {
                    let colour = lab_of(person.photo.get(x, y));
                    let apart = (0..3).map(|c| (colour[c] - cloth[c]).powi(2)).sum::<f32>().sqrt();
                    ((apart - SAME) / (OTHER - SAME)).clamp(0.0, 1.0)
                }
                None => 1.0,
            };
            let shoe = shoe * (1.0 - ((lower.get(x, y) - 0.45) / 0.3).clamp(0.0, 1.0));
            // Well below the ankle there are only shoes, whatever their colour.
            here * shoe.max(((below_ankle - 0.06) / 0.05).clamp(0.0, 1.0))
        });
        out = out.zip(&shoe, f32::max);
    }
    out
}

/// The usual colour along the shin, when it is covered.
fn colour_of_trousers(person: &Person, side: Side, lower: &Plane) -> Option<[f32; 3]> {
    let l = person.body.limbs(side);
    let mut seen: [Vec<f32>; 3] = Default::default();
    for i in 0..60 {
        let p = l.knee.lerp(l.ankle, 0.35 + 0.5 * i as f32 / 60.0);
        if lower.nearest(p).is_some_and(|v| v > 0.5) {
            for (values, v) in seen.iter_mut().zip(lab_of(person.photo.sample(p.x, p.y))) {
                values.push(v);
            }
        }
    }
    (seen[0].len() > 20).then(|| seen.map(|mut v| median(&mut v)))
}
