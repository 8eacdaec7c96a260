//! Where on a body each label is to be expected, before any colour is looked at.

use super::body::{Body, Side};
use super::labels::{LABELS, Label};
use crate::geometry::{Point, pt};
use crate::planes::{Knot, Plane, capsule_chain, convex_hull, polygon};

/// The shapes around a body that the priors are made of, at one resolution; all 0..=1.
pub(crate) struct Expectation<'a> {
    body: &'a Body,
    arms: Plane,
    legs: Plane,
    thighs: Plane,
    forearms: Plane,
    torso: Plane,
    chest: Plane,
    face: Plane,
}

impl<'a> Expectation<'a> {
    pub(crate) fn new(body: &'a Body, width: usize, height: usize) -> Self {
        let sw = body.shoulder_width;
        let both = |soft: f32, chain: &dyn Fn(Side) -> Vec<(Point, f32)>| {
            let [left, right] = Side::BOTH.map(|side| {
                let knots: Vec<Knot> = chain(side).into_iter().map(|(at, r)| Knot::new(at, r * sw)).collect();
                capsule_chain(width, height, &knots, soft)
            });
            left.zip(&right, f32::max)
        };
        let limbs = |side| body.limbs(side);
        Self {
            arms: both(0.02 * sw, &|s| limbs(s).arm_chain()),
            legs: both(0.04 * sw, &|s| vec![(limbs(s).hip, 0.34), (limbs(s).knee, 0.25), (limbs(s).ankle, 0.18)]),
            thighs: both(1.0, &|s| [0.12, 0.6].map(|t| (limbs(s).hip.lerp(limbs(s).knee, t), 0.10)).to_vec()),
            forearms: both(1.0, &|s| [limbs(s).elbow, limbs(s).wrist, limbs(s).hand_tip].map(|p| (p, 0.18)).to_vec()),
            torso: polygon(width, height, &torso_outline(body), 0.03 * sw),
            chest: polygon(width, height, &chest_outline(body), 0.0),
            face: polygon(width, height, &convex_hull(&body.head.face), 0.0),
            body,
        }
    }

    fn point(&self, i: usize) -> Point {
        pt((i % self.torso.width) as f32, (i / self.torso.width) as f32)
    }

    /// Prior of every label at pixel `i` (not normalised); `mask` is how surely the person is there.
    pub(crate) fn prior(&self, i: usize, mask: f32) -> [f32; LABELS] {
        let mut prior = [0.0; LABELS];
        prior[Label::Background as usize] = (1.0 - mask).clamp(0.02, 1.0) * 0.9;
        if mask <= 0.0 {
            return prior;
        }
        let (body, p) = (self.body, self.point(i));
        let v = body.torso_fraction(p);
        let sideways = (p - body.mid_shoulder).dot(body.across) / (0.26 * body.shoulder_width);
        let from_head = p.distance(body.head.centre) / body.head.radius;
        let head = logistic((1.0 - from_head) / 0.08);
        let below_waist = logistic((v - 0.93) / 0.04);
        let neck = (-((v + 0.14) / 0.13).powi(2) - sideways * sideways).exp();
        let (arm, leg, torso) = (self.arms.data[i], self.legs.data[i], self.torso.data[i]);
        let beside_head = (-(from_head - 1.0).clamp(0.0, 9.0).powi(2) / 0.5).exp();
        prior[Label::Skin as usize] = mask * (0.02 + 0.55 * head + 0.5 * neck + 0.42 * arm + 0.30 * leg * below_waist + 0.05 * torso);
        prior[Label::Hair as usize] = mask
            * (0.001
                + if from_head > 0.3 { 0.45 * head } else { 0.0 }
                + if v < 0.55 { 0.28 * beside_head * (1.0 - 0.5 * torso) } else { 0.0 });
        prior[Label::Upper as usize] = mask
            * (0.01 + 0.9 * torso * (1.0 - 0.75 * below_waist) * (1.0 - head) + if v > -0.12 { 0.55 * arm * (1.0 - head) } else { 0.0 });
        let beside = 1.0 - 0.95 * arm * (1.0 - leg);
        prior[Label::Lower as usize] = mask * (0.01 + 0.9 * below_waist * (leg + 0.6 * torso + 0.25).clamp(0.0, 1.0) * beside);
        prior
    }

    /// Whether clothing is to be expected at pixel `i`, 0..=1, on a body in close-fitting clothes.
    pub(crate) fn clothed(&self, i: usize) -> f32 {
        self.torso.data[i].max(self.arms.data[i]).max(self.legs.data[i])
    }

    /// Weight of pixel `i` as a sure example of every label but the background.
    pub(crate) fn seed(&self, i: usize, mask: f32) -> [f32; LABELS] {
        let mut seed = [0.0; LABELS];
        if mask <= 0.0 {
            return seed;
        }
        let (head, p) = (&self.body.head, self.point(i));
        let from_head = p.distance(head.centre) / head.radius;
        let above_eyes = (p - head.eyes).dot(head.up) / head.eye_to_mouth;
        if from_head < 0.8 {
            seed[Label::Skin as usize] = self.face.data[i];
        }
        if above_eyes > 1.15 && from_head < 1.05 {
            seed[Label::Hair as usize] = mask;
        }
        seed[Label::Upper as usize] = self.chest.data[i] * (1.0 - 0.9 * self.forearms.data[i]);
        seed[Label::Lower as usize] = self.thighs.data[i] * mask;
        seed
    }
}

pub(crate) fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Neck, shoulders and hips of a clothed torso.
fn torso_outline(body: &Body) -> [Point; 6] {
    let (l, r) = (body.limbs(Side::Left), body.limbs(Side::Right));
    let (sw, tl) = (body.shoulder_width, body.torso_length);
    let out = body.across * (0.10 * sw);
    let up = |k: f32| -body.down * (k * sw);
    let below = body.down * (0.12 * tl);
    [
        l.shoulder + up(0.16) - out * 0.9,
        l.shoulder.lerp(r.shoulder, 0.38) + up(0.26),
        r.shoulder.lerp(l.shoulder, 0.38) + up(0.26),
        r.shoulder + up(0.16) + out * 0.9,
        r.hip + out * 2.2 + below,
        l.hip - out * 2.2 + below,
    ]
}

/// The part of the torso that is clothed whatever the neckline and the waistband.
fn chest_outline(body: &Body) -> [Point; 4] {
    let (l, r) = (body.limbs(Side::Left), body.limbs(Side::Right));
    let inset = body.down * (0.22 * body.torso_length);
    [
        l.shoulder.lerp(r.shoulder, 0.25) + inset,
        r.shoulder.lerp(l.shoulder, 0.25) + inset,
        r.hip.lerp(l.hip, 0.3) - inset,
        l.hip.lerp(r.hip, 0.3) - inset,
    ]
}
