//! What stays in front of the new garment: face, hair, forearms and hands.

use crate::geometry::pt;
use crate::person::{Label, Person, Side, logistic};
use crate::planes::{Knot, Plane, capsule_chain};

/// Below this visibility a wrist is a guess, and no hand is drawn in front.
const MIN_WRIST: f32 = 0.35;
/// Hair falls no further from the head than this many head radii.
const HAIR_REACH: f32 = 3.2;

/// Masks of 0..=1 at the photo's size.
pub(crate) struct Front {
    /// Face and hair: in front of everything.
    pub(crate) head: Plane,
    /// Hair alone.
    pub(crate) hair: Plane,
    /// Bare forearms and hands: in front of the torso, behind the sleeves.
    pub(crate) arms: Plane,
    /// Hands: in front of the sleeves too.
    pub(crate) hands: Plane,
}

impl Front {
    pub(crate) fn of(person: &Person) -> Self {
        let body = &person.body;
        let (w, h) = (person.width(), person.height());
        let (skin, hair) = (person.labels.of(Label::Skin), person.labels.of(Label::Hair));
        let falling = Plane::from_fn(w, h, |x, y| {
            let from_head = pt(x as f32, y as f32).distance(body.head.centre) / body.head.radius;
            if from_head < HAIR_REACH { ((hair.get(x, y) - 0.35) / 0.4).clamp(0.0, 1.0) } else { 0.0 }
        });
        let head = Plane::from_fn(w, h, |x, y| {
            let p = pt(x as f32, y as f32);
            if body.torso_fraction(p) > -0.02 {
                return falling.get(x, y);
            }
            let inside = logistic((1.0 - p.distance(body.head.centre) / body.head.radius) / 0.08);
            let face = inside * (skin.get(x, y) + hair.get(x, y)) * 1.3;
            face.min(1.0).max(falling.get(x, y))
        });
        let (limbs, hands) = limbs_and_hands(person);
        let bare = limbs.zip(skin, |l, s| ((l * s - 0.22) / 0.26).clamp(0.0, 1.0));
        let fingers = hands.zip(skin, |l, s| l * ((s - 0.15) / 0.25).clamp(0.0, 1.0));
        Self {
            arms: bare.zip(&fingers, f32::max),
            hands: hands.zip(skin, |l, s| l * ((s - 0.3) / 0.4).clamp(0.0, 1.0)),
            hair: falling,
            head,
        }
    }
}

/// Capsules around the visible forearms with their hands, and around the hands alone.
fn limbs_and_hands(person: &Person) -> (Plane, Plane) {
    let (w, h) = (person.width(), person.height());
    let sw = person.body.shoulder_width;
    let (mut limbs, mut hands) = (Plane::new(w, h), Plane::new(w, h));
    for side in Side::BOTH {
        let l = person.body.limbs(side);
        if l.wrist_visibility < MIN_WRIST {
            continue;
        }
        let knot = |at, radius: f32| Knot::new(at, radius * sw);
        let hand = [knot(l.wrist, 0.17), knot(l.hand_tip, 0.20)];
        let limb = [knot(l.shoulder.lerp(l.elbow, 0.55), 0.21), knot(l.elbow, 0.18), hand[0], hand[1]];
        hands = hands.zip(&capsule_chain(w, h, &hand, 4.0), f32::max);
        limbs = limbs.zip(&capsule_chain(w, h, &limb, 4.0), f32::max);
    }
    (limbs, hands)
}
