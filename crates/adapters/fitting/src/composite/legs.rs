//! Bare legs where trousers were, and the shoes below them.

use super::WORN;
use super::behind::grown;
use super::skin::SkinPainter;
use crate::geometry::pt;
use crate::person::{Label, Person, Side};
use crate::planes::{Colour, Components, Connectivity, Knot, Plane, capsule_chain, lab_of, median};

/// Half-widths of a bare leg in shoulder widths: at the hip, above the knee, at the knee, at the calf, at the ankle.
const HIP: f32 = 0.235;
const ABOVE_KNEE: f32 = 0.165;
const KNEE: f32 = 0.137;
const CALF: f32 = 0.153;
const ANKLE: f32 = 0.076;
/// Down to here, in torso lengths, there are hips.
const HIPS: f32 = 1.35;
/// From here on, in torso lengths, bare skin can be seen between the legs of shorts.
const BELOW_HIPS: f32 = 1.16;
/// How far the soft edge of cloth reaches beyond what is surely cloth, in pixels.
const SOFT_EDGE: usize = 3;
/// How wide the edge of a hem is, in pixels.
const HEM: usize = 3;
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
    Side::BOTH.map(|side| capsule_chain(person.width(), person.height(), &leg(person, side), 1.0))
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

/// What is worn below, 0..=1: of what has that label the parts that hang together with the hips, with their soft edges.
/// Socks and boots do not.
pub(super) fn worn_below(person: &Person) -> Plane {
    let lower = person.labels.of(Label::Lower);
    let components = Components::of(&lower.mask(|v| v > 0.3), Connectivity::Eight);
    let mut worn = vec![false; components.list.len() + 1];
    for (i, label) in components.labels.iter().enumerate() {
        if *label > 0 && !worn[*label as usize] {
            let at = pt((i % lower.width) as f32, (i / lower.width) as f32);
            worn[*label as usize] = person.body.torso_fraction(at) < HIPS;
        }
    }
    let parts = Plane { data: components.labels.iter().map(|label| f32::from(worn[*label as usize])).collect(), ..*lower };
    lower.zip(&grown(&parts, SOFT_EDGE), |v, near| v * near)
}

/// Shoes and feet, which stay: 0..=1. What has the colour of the trousers above the ankle, of what is worn `lower`, is no
/// shoe, nor is what borders on it: hems are lighter than the cloth, and mixed with the floor.
pub(super) fn feet(person: &Person, lower: &Plane) -> Plane {
    let sw = person.body.shoulder_width;
    let (width, height) = (person.width(), person.height());
    let mut out = Plane::new(width, height);
    for side in Side::BOTH {
        let l = person.body.limbs(side);
        let around = |ankle: f32, heel: f32, toe: f32| {
            let chain = [(l.ankle, ankle), (l.heel, heel), (l.toe, toe)].map(|(at, r)| Knot::new(at, r * sw));
            capsule_chain(width, height, &chain, 3.0)
        };
        // Shoes are wider than the joints tell.
        let (foot, beside) = (around(0.11, 0.15, 0.18), around(0.15, 0.24, 0.27));
        let usual = colour_of_trousers(person, side, lower);
        let cloth = Plane::from_fn(width, height, |x, y| match usual {
            Some(usual) if beside.get(x, y) > 0.0 && lower.get(x, y) > WORN => {
                1.0 - ((apart(lab_of(person.photo.get(x, y)), usual) - SAME) / (OTHER - SAME)).clamp(0.0, 1.0)
            }
            _ => 0.0,
        });
        let cloth = grown(&cloth, HEM);
        let on_shoe = l.toe.lerp(l.heel, 0.3);
        let shoe_colour = lab_of(person.photo.sample(on_shoe.x, on_shoe.y));
        let alike = usual.is_none_or(|usual| apart(shoe_colour, usual) < OTHER);
        let down = (l.ankle - l.knee).normalised();
        let shoe = Plane::from_fn(width, height, |x, y| {
            if beside.get(x, y) <= 0.0 {
                return 0.0;
            }
            let below_ankle = (pt(x as f32, y as f32) - l.ankle).dot(down) / sw;
            let other = 1.0 - cloth.get(x, y);
            let labelled = 1.0 - ((lower.get(x, y) - 0.45) / 0.3).clamp(0.0, 1.0);
            // Well below the ankle there are only shoes. Where their colour tells nothing, that has to begin soon.
            let well_below = ((below_ankle - if alike { 0.06 } else { 0.16 }) / 0.05).clamp(0.0, 1.0);
            let wide = beside.get(x, y) * other * (below_ankle / 0.05).clamp(0.0, 1.0);
            wide.max(foot.get(x, y) * well_below.max(other * labelled))
        });
        out = out.zip(&shoe, f32::max);
    }
    out
}

/// How far two colours in Lab are apart. Light counts half: a hem or a fold is lighter than its cloth.
fn apart(a: [f32; 3], b: [f32; 3]) -> f32 {
    (0.25 * (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2) + (a[2] - b[2]).powi(2)).sqrt()
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
