//! What stays in front of the new garment: face, hair, forearms and hands.

use crate::geometry::pt;
use crate::person::{Label, Person, Side, logistic};
use crate::planes::{Knot, Plane, capsule_chain};
use crate::warp::CUFF_OVER_WRIST;

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
    /// The hand of either side: in front of the sleeves too, but for what its own sleeve reaches over.
    pub(crate) hands: [Plane; 2],
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
            // Down to the chin: the neck is behind the collar.
            let below_mouth = (body.head.mouth - p).dot(body.head.up) / body.head.eye_to_mouth;
            let above_neck = ((1.25 - below_mouth) / 0.3).clamp(0.0, 1.0);
            let inside = logistic((1.0 - p.distance(body.head.centre) / body.head.radius) / 0.08);
            let own = ((skin.get(x, y) + hair.get(x, y) - 0.3) / 0.4).clamp(0.0, 1.0);
            (inside * own * above_neck).max(falling.get(x, y))
        });
        let (limbs, capsules) = limbs_and_hands(person);
        let hands = capsules[0].zip(&capsules[1], f32::max);
        let bare = limbs.zip(skin, |l, s| ((l * s - 0.22) / 0.26).clamp(0.0, 1.0));
        let fingers = hands.zip(skin, |l, s| l * ((s - 0.15) / 0.25).clamp(0.0, 1.0));
        Self {
            arms: bare.zip(&fingers, f32::max),
            hands: capsules.map(|c| c.zip(skin, |l, s| l * ((s - 0.3) / 0.4).clamp(0.0, 1.0))),
            hair: falling,
            head,
        }
    }
}

impl Front {
    /// Hands in front of the sleeve of `side`: of its own hand only what is beyond its cuff, when it reaches there.
    pub(crate) fn hands_before_sleeve(&self, person: &Person, side: Side, length: f32) -> Plane {
        let other = &self.hands[1 - side.index()];
        let l = person.body.limbs(side);
        let forearm = (l.wrist - l.elbow).normalised();
        let sw = person.body.shoulder_width;
        let own = &self.hands[side.index()];
        Plane::from_fn(own.width, own.height, |x, y| {
            let beyond = (pt(x as f32, y as f32) - l.wrist).dot(forearm) / (0.02 * sw) - CUFF_OVER_WRIST / 0.02 + 0.5;
            let free = if length < 0.95 { 1.0 } else { beyond.clamp(0.0, 1.0) };
            (own.get(x, y) * free).max(other.get(x, y))
        })
    }
}

/// Capsules around the visible forearms with their hands, and around each hand alone.
fn limbs_and_hands(person: &Person) -> (Plane, [Plane; 2]) {
    let (w, h) = (person.width(), person.height());
    let sw = person.body.shoulder_width;
    let mut limbs = Plane::new(w, h);
    let mut hands = [Plane::new(w, h), Plane::new(w, h)];
    for side in Side::BOTH {
        let l = person.body.limbs(side);
        if l.wrist_visibility < MIN_WRIST {
            continue;
        }
        let knot = |at, radius: f32| Knot::new(at, radius * sw);
        let hand = [knot(l.wrist, 0.17), knot(l.hand_tip, 0.20)];
        let limb = [knot(l.shoulder.lerp(l.elbow, 0.8), 0.17), knot(l.elbow, 0.18), hand[0], hand[1]];
        hands[side.index()] = capsule_chain(w, h, &hand, 4.0);
        limbs = limbs.zip(&capsule_chain(w, h, &limb, 4.0), f32::max);
    }
    (limbs, hands)
}
