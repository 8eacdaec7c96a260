//! Outlines to measure a body by.

use super::body::{Body, Side};
use super::labels::{Label, LabelMap};
use crate::geometry::Point;
use crate::planes::{Area, Knot, Plane, capsule_chain};

/// The person's outline with and without the parts a garment does not follow; all 0..=1 at the photo's size.
pub(crate) struct Silhouettes {
    pub(crate) person: Plane,
    pub(crate) without_hair: Plane,
    /// Without bare arms, which would widen the torso where they touch it.
    pub(crate) without_arms: Plane,
}

impl Silhouettes {
    pub(crate) fn new(mask: &Plane, labels: &LabelMap, body: &Body) -> Self {
        let skin = labels.of(Label::Skin);
        let mut without_arms = mask.clone();
        for side in Side::BOTH {
            let bare = arm(mask.width, mask.height, body, side).zip(skin, |arm, s| arm * s);
            without_arms.zip_in_place(&bare, |m, b| m * (1.0 - (b * 1.5).min(1.0)));
        }
        Self {
            without_hair: mask.zip(labels.of(Label::Hair), |m, hair| m * (1.0 - (hair * 1.4).min(1.0))),
            without_arms,
            person: mask.clone(),
        }
    }
}

impl Silhouettes {
    pub(super) fn cropped(&self, area: &Area) -> Self {
        Self {
            person: self.person.cropped(area),
            without_hair: self.without_hair.cropped(area),
            without_arms: self.without_arms.cropped(area),
        }
    }

    /// Both arms in sleeves, 0..=1.
    pub(crate) fn arms(&self, body: &Body) -> Plane {
        let [left, right] = Side::BOTH.map(|side| arm(self.person.width, self.person.height, body, side));
        left.zip(&right, f32::max)
    }
}

/// An arm in a sleeve, 0..=1.
fn arm(width: usize, height: usize, body: &Body, side: Side) -> Plane {
    let chain: Vec<Knot> = body.limbs(side).arm_chain().into_iter().map(|(at, r)| Knot::new(at, r * body.shoulder_width)).collect();
    capsule_chain(width, height, &chain, 3.0)
}

/// How far from `start` in `direction` (a unit vector) the outline is crossed, in pixels; `None` when it is not
/// within `limit`, or the picture ends first.
pub(crate) fn march(outline: &Plane, start: Point, direction: Point, limit: f32) -> Option<f32> {
    let mut before = 1.0;
    for step in 0..limit.max(0.0) as usize {
        let p = start + direction * step as f32;
        let outside = p.x < 0.0 || p.y < 0.0 || p.x > (outline.width - 1) as f32 || p.y > (outline.height - 1) as f32;
        if outside {
            return None;
        }
        let here = outline.sample(p.x, p.y);
        if here < 0.5 {
            let back = if step == 0 { 0.0 } else { (0.5 - here) / (before - here).max(1e-3) };
            return Some(step as f32 - back);
        }
        before = here;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::pt;

    fn disc() -> Plane {
        Plane::from_fn(40, 40, |x, y| f32::from(pt(x as f32, y as f32).distance(pt(20.0, 20.0)) < 10.0))
    }

    #[test]
    fn the_march_stops_at_the_outline() {
        let d = march(&disc(), pt(20.0, 20.0), pt(0.0, -1.0), 30.0);
        assert!(d.is_some_and(|d| (d - 9.5).abs() < 0.6), "{d:?}");
    }

    #[test]
    fn an_outline_beyond_the_limit_or_the_frame_is_not_found() {
        assert_eq!(march(&disc(), pt(20.0, 20.0), pt(1.0, 0.0), 5.0), None);
        assert_eq!(march(&Plane::filled(9, 9, 1.0), pt(4.0, 4.0), pt(1.0, 0.0), 30.0), None);
    }
}
