//! Where on a body each label is to be expected, before any colour is looked at.

use super::body::{Body, Side};
use super::labels::{LABELS, Label};
use super::shapes::{Capsule, Polygon};
use crate::geometry::Point;

/// The shapes around a body that the priors are made of, at one resolution.
pub(crate) struct Expectation<'a> {
    body: &'a Body,
    arms: [Capsule; 2],
    legs: [Capsule; 2],
    thighs: [Capsule; 2],
    forearms: [Capsule; 2],
    torso: Polygon,
    chest: Polygon,
    face: Polygon,
}

impl<'a> Expectation<'a> {
    pub(crate) fn new(body: &'a Body) -> Self {
        let sw = body.shoulder_width;
        let scaled = |radii: &[f32]| radii.iter().map(|r| r * sw).collect::<Vec<_>>();
        let both = |f: &dyn Fn(Side) -> Capsule| Side::BOTH.map(f);
        Self {
            arms: both(&|s| {
                let l = body.limbs(s);
                Capsule::new(&[l.shoulder, l.elbow, l.wrist, l.hand_tip], &scaled(&[0.20, 0.17, 0.14, 0.15]), 0.02 * sw)
            }),
            legs: both(&|s| {
                let l = body.limbs(s);
                Capsule::new(&[l.hip, l.knee, l.ankle], &scaled(&[0.34, 0.25, 0.18]), 0.04 * sw)
            }),
            thighs: both(&|s| {
                let l = body.limbs(s);
                Capsule::new(&[l.hip.lerp(l.knee, 0.12), l.hip.lerp(l.knee, 0.6)], &scaled(&[0.10, 0.10]), 1.0)
            }),
            forearms: both(&|s| {
                let l = body.limbs(s);
                Capsule::new(&[l.elbow, l.wrist, l.hand_tip], &scaled(&[0.18, 0.18, 0.18]), 1.0)
            }),
            torso: torso_outline(body),
            chest: chest_outline(body),
            face: Polygon::hull(&body.head.face, 0.5),
            body,
        }
    }

    /// Prior of every label at `p` (not normalised); `mask` is how surely the person is there.
    pub(crate) fn prior(&self, p: Point, mask: f32) -> [f32; LABELS] {
        let body = self.body;
        let v = body.torso_fraction(p);
        let sideways = (p - body.mid_shoulder).dot(body.across) / (0.26 * body.shoulder_width);
        let from_head = p.distance(body.head.centre) / body.head.radius;
        let head = logistic((1.0 - from_head) / 0.08);
        let below_waist = logistic((v - 0.93) / 0.04);
        let neck = (-((v + 0.14) / 0.13).powi(2) - sideways * sideways).exp();
        let (arm, leg, torso) = if mask > 0.0 {
            let most = |c: &[Capsule; 2]| c[0].at(p).max(c[1].at(p));
            (most(&self.arms), most(&self.legs), self.torso.at(p))
        } else {
            (0.0, 0.0, 0.0)
        };
        let beside_head = (-(from_head - 1.0).max(0.0).min(9.0).powi(2) / 0.5).exp();
        let mut prior = [0.0; LABELS];
        prior[Label::Skin as usize] = mask * (0.02 + 0.55 * head + 0.5 * neck + 0.42 * arm + 0.30 * leg * below_waist + 0.05 * torso);
        prior[Label::Hair as usize] = mask
            * (0.001
                + if from_head > 0.3 { 0.45 * head } else { 0.0 }
                + if v < 0.55 { 0.28 * beside_head } else { 0.0 });
        prior[Label::Upper as usize] = mask
            * (0.01
                + 0.9 * torso * (1.0 - 0.75 * below_waist) * (1.0 - head)
                + if v > -0.12 { 0.55 * arm * (1.0 - head) } else { 0.0 });
        prior[Label::Lower as usize] = mask * (0.01 + 0.9 * below_waist * (leg + 0.6 * torso + 0.25).clamp(0.0, 1.0));
        prior[Label::Background as usize] = (1.0 - mask).clamp(0.02, 1.0) * 0.9;
        prior
    }

    /// Weight of `p` as a sure example of every label but the background.
    pub(crate) fn seed(&self, p: Point, mask: f32) -> [f32; LABELS] {
        let head = &self.body.head;
        let from_head = p.distance(head.centre) / head.radius;
        let above_eyes = (p - head.eyes).dot(head.up) / head.eye_to_mouth;
        let mut seed = [0.0; LABELS];
        if mask <= 0.0 {
            return seed;
        }
        if from_head < 0.8 {
            seed[Label::Skin as usize] = self.face.at(p);
        }
        if above_eyes > 1.15 && from_head < 1.05 {
            seed[Label::Hair as usize] = mask;
        }
        let chest = self.chest.at(p);
        if chest > 0.0 {
            let clear = |c: &Capsule| 1.0 - 0.9 * c.at(p);
            seed[Label::Upper as usize] = chest * clear(&self.forearms[0]) * clear(&self.forearms[1]);
        }
        seed[Label::Lower as usize] = self.thighs[0].at(p).max(self.thighs[1].at(p)) * mask;
        seed
    }
}

pub(crate) fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Neck, shoulders and hips of a clothed torso.
fn torso_outline(body: &Body) -> Polygon {
    let (l, r) = (body.limbs(Side::Left), body.limbs(Side::Right));
    let (sw, tl) = (body.shoulder_width, body.torso_length);
    let out = body.across * (0.10 * sw);
    let up = |k: f32| -body.down * (k * sw);
    let below = body.down * (0.12 * tl);
    Polygon::new(
        &[
            l.shoulder + up(0.16) - out * 0.9,
            l.shoulder.lerp(r.shoulder, 0.38) + up(0.26),
            r.shoulder.lerp(l.shoulder, 0.38) + up(0.26),
            r.shoulder + up(0.16) + out * 0.9,
            r.hip + out * 2.2 + below,
            l.hip - out * 2.2 + below,
        ],
        0.04 * sw,
    )
}

/// The part of the torso that is clothed whatever the neckline and the waistband.
fn chest_outline(body: &Body) -> Polygon {
    let (l, r) = (body.limbs(Side::Left), body.limbs(Side::Right));
    let inset = body.down * (0.22 * body.torso_length);
    Polygon::new(
        &[
            l.shoulder.lerp(r.shoulder, 0.25) + inset,
            r.shoulder.lerp(l.shoulder, 0.25) + inset,
            r.hip.lerp(l.hip, 0.3) - inset,
            l.hip.lerp(r.hip, 0.3) - inset,
        ],
        0.5,
    )
}
