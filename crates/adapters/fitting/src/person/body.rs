//! Joints by side of the picture, and the measures of the body every later step is expressed in.

use crate::geometry::{Point, pt};
use crate::pose::Landmarks;
use crate::refusal::Refusal;

/// A side as seen in the picture: of a person facing the camera, `Left` is their right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// -1 for left, +1 for right: the direction outwards along the body's horizontal.
    pub(crate) const fn sign(self) -> f32 {
        match self {
            Self::Left => -1.0,
            Self::Right => 1.0,
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// The joints of one side, in pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limbs {
    pub(crate) shoulder: Point,
    pub(crate) elbow: Point,
    pub(crate) wrist: Point,
    /// Beyond the knuckles, near the finger tips of a relaxed hand.
    pub(crate) hand_tip: Point,
    pub(crate) hip: Point,
    pub(crate) knee: Point,
    pub(crate) ankle: Point,
    pub(crate) heel: Point,
    pub(crate) toe: Point,
    /// How likely the wrist is visible, 0..=1.
    pub(crate) wrist_visibility: f32,
    /// Length of shoulder to elbow to wrist over shoulder width, both in metres: free of foreshortening.
    pub(crate) arm_to_shoulders: f32,
}

impl Limbs {
    /// Shoulder, elbow, wrist and hand with the radii of a clothed arm, in shoulder widths.
    pub(crate) fn arm_chain(&self) -> Vec<(Point, f32)> {
        vec![(self.shoulder, 0.20), (self.elbow, 0.17), (self.wrist, 0.14), (self.hand_tip, 0.15)]
    }
}

/// The face and the circle the head fits in.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) centre: Point,
    /// Pixels; the circle holds skull and hair of a short haircut.
    pub(crate) radius: f32,
    pub(crate) eyes: Point,
    pub(crate) mouth: Point,
    /// Middle of the eyes to middle of the mouth, in pixels.
    pub(crate) eye_to_mouth: f32,
    /// Unit vector from the mouth to the eyes.
    pub(crate) up: Point,
    /// Points around the face that are skin on anyone: brows, cheeks, nose.
    pub(crate) face: [Point; 7],
}

/// A person in the picture.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    limbs: [Limbs; 2],
    pub(crate) head: Head,
    /// Distance of the shoulder joints, in pixels.
    pub(crate) shoulder_width: f32,
    /// Mid-shoulder to mid-hip, in pixels.
    pub(crate) torso_length: f32,
    pub(crate) mid_shoulder: Point,
    pub(crate) mid_hip: Point,
    /// Unit vector down the torso.
    pub(crate) down: Point,
    /// Unit vector across the torso, to the right of the picture.
    pub(crate) across: Point,
}

/// Turned further than this (shoulder width over torso length) the front of the garment would not be seen.
const MIN_FRONTAL: f32 = 0.38;
/// Cosine of the angle between torso and plumb line from which on somebody lies, or the photo is on its side.
const LEAST_UPRIGHT: f32 = 0.7;

impl Body {
    /// Measures the body. Refuses one that is turned away from the camera, seen from behind, or not upright.
    pub(crate) fn measure(seen: &Landmarks) -> Result<Self, Refusal> {
        let p = &seen.points;
        let torso = (p[23] + p[24] - p[11] - p[12]).normalised();
        if torso.y < LEAST_UPRIGHT {
            return Err(Refusal::PoseUnsupported);
        }
        // From behind the left shoulder is on the left: the front of a garment does not belong there.
        if p[11].x < p[12].x {
            return Err(Refusal::PoseNotFrontal);
        }
        let side = |left: bool| {
            let (k, across) = if left { (1, 0) } else { (0, 1) };
            let wrist = p[15 + k];
            let metres = |a: usize, b: usize| {
                let (a, b) = (seen.world[a], seen.world[b]);
                (0..3).map(|c| (a[c] - b[c]).powi(2)).sum::<f32>().sqrt()
            };
            let arm = metres(11 + k, 13 + k) + metres(13 + k, 15 + k);
            Limbs {
                shoulder: p[11 + k],
                elbow: p[13 + k],
                wrist,
                hand_tip: wrist + (p[17 + k] + p[19 + k] - wrist * 2.0) * 0.9,
                hip: p[23 + k],
                knee: p[25 + k],
                ankle: p[27 + k],
                heel: p[29 + k],
                toe: p[31 + k],
                wrist_visibility: seen.visibility[15 + k],
                arm_to_shoulders: (arm / metres(11 + k, 11 + across).max(0.05)).max(0.6),
            }
        };
        let limbs = [side(true), side(false)];
        let mid_shoulder = limbs[0].shoulder.lerp(limbs[1].shoulder, 0.5);
        let mid_hip = limbs[0].hip.lerp(limbs[1].hip, 0.5);
        let shoulder_width = limbs[0].shoulder.distance(limbs[1].shoulder);
        let torso_length = mid_shoulder.distance(mid_hip);
        if shoulder_width < MIN_FRONTAL * torso_length {
            return Err(Refusal::PoseNotFrontal);
        }
        if torso_length < 0.5 * shoulder_width {
            return Err(Refusal::PoseUnsupported);
        }
        let down = (mid_hip - mid_shoulder).normalised();
        Ok(Self {
            limbs,
            head: Head::measure(p, shoulder_width, -down),
            shoulder_width,
            torso_length,
            mid_shoulder,
            mid_hip,
            down,
            across: pt(down.y, -down.x),
        })
    }

    pub(crate) const fn limbs(&self, side: Side) -> &Limbs {
        &self.limbs[side.index()]
    }

    /// The same body in a picture resized by `k`.
    pub(crate) fn scaled(&self, k: f32) -> Self {
        let mut body = self.moved(&|p| p * k);
        for length in [&mut body.head.radius, &mut body.head.eye_to_mouth, &mut body.shoulder_width, &mut body.torso_length] {
            *length *= k;
        }
        body
    }

    /// The same body in the part of the picture that begins at `corner`.
    pub(crate) fn seen_from(&self, corner: Point) -> Self {
        self.moved(&|p| p - corner)
    }

    fn moved(&self, to: &dyn Fn(Point) -> Point) -> Self {
        let limb = |l: &Limbs| Limbs {
            shoulder: to(l.shoulder),
            elbow: to(l.elbow),
            wrist: to(l.wrist),
            hand_tip: to(l.hand_tip),
            hip: to(l.hip),
            knee: to(l.knee),
            ankle: to(l.ankle),
            heel: to(l.heel),
            toe: to(l.toe),
            ..*l
        };
        let head = &self.head;
        Self {
            limbs: [limb(&self.limbs[0]), limb(&self.limbs[1])],
            head: Head { centre: to(head.centre), eyes: to(head.eyes), mouth: to(head.mouth), face: head.face.map(to), ..head.clone() },
            mid_shoulder: to(self.mid_shoulder),
            mid_hip: to(self.mid_hip),
            ..self.clone()
        }
    }

    /// How far down the torso a point is: 0 at the shoulders, 1 at the hips.
    pub(crate) fn torso_fraction(&self, p: Point) -> f32 {
        (p - self.mid_shoulder).dot(self.down) / self.torso_length
    }

    /// Whether the knees are hardly lower than the hips.
    pub(crate) fn seated(&self) -> bool {
        self.limbs.iter().any(|l| l.knee.y - l.hip.y < 0.55 * self.torso_length)
    }

    /// Whether everything a top covers is inside a picture of `width` by `height`.
    pub(crate) fn upper_body_in_frame(&self, width: u32, height: u32) -> bool {
        let (w, h) = (width as f32, height as f32);
        self.limbs.iter().all(|l| {
            let shoulder = (0.0..w).contains(&l.shoulder.x) && (0.0..h).contains(&l.shoulder.y);
            let hip = (-0.05 * w..1.05 * w).contains(&l.hip.x) && l.hip.y < 1.02 * h;
            shoulder && hip
        }) && self.head.centre.y > 0.0
    }

    /// Whether both knees are inside a picture of `width` by `height`: what hangs from the hips needs them.
    pub(crate) fn knees_in_frame(&self, width: u32, height: u32) -> bool {
        let (w, h) = (width as f32, height as f32);
        self.limbs.iter().all(|l| (-0.05 * w..1.05 * w).contains(&l.knee.x) && l.knee.y < h)
    }

    /// Hip to knee to ankle, in pixels; the mean of both legs.
    pub(crate) fn leg_length(&self) -> f32 {
        self.limbs.iter().map(|l| l.hip.distance(l.knee) + l.knee.distance(l.ankle)).sum::<f32>() / 2.0
    }
}

impl Head {
    fn measure(p: &[Point], shoulder_width: f32, body_up: Point) -> Self {
        let eyes = p[2].lerp(p[5], 0.5);
        let mouth = p[9].lerp(p[10], 0.5);
        let seen = eyes.distance(mouth);
        let eye_to_mouth = seen.max(0.09 * shoulder_width);
        let up = if seen > 1.0 { (eyes - mouth).normalised() } else { body_up };
        let lift = up * (0.5 * eye_to_mouth);
        Self {
            centre: eyes * 0.6 + mouth * 0.4 + up * (0.35 * eye_to_mouth),
            radius: 2.35 * eye_to_mouth,
            eyes,
            mouth,
            eye_to_mouth,
            up,
            face: [p[3], p[6], p[9] - lift, p[10] - lift, p[0], p[2], p[5]],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Someone standing, the joints turned by so many degrees about the middle of the picture.
    fn standing(turned: f32) -> Landmarks {
        let mut points = [pt(150.0, 60.0); 33];
        for (index, off, y) in
            [(11, 40.0, 120.0), (13, 55.0, 180.0), (15, 60.0, 235.0), (23, 25.0, 240.0), (25, 27.0, 330.0), (27, 27.0, 410.0)]
        {
            points[index] = pt(150.0 + off, y);
            points[index + 1] = pt(150.0 - off, y);
        }
        let (sin, cos) = turned.to_radians().sin_cos();
        let centre = pt(150.0, 200.0);
        let points = points.map(|p| {
            let d = p - centre;
            centre + pt(cos * d.x - sin * d.y, sin * d.x + cos * d.y)
        });
        Landmarks { points, visibility: [1.0; 33], world: [[0.0; 3]; 33], presence: 1.0, mask: Vec::new() }
    }

    #[test]
    fn somebody_upright_is_measured_and_somebody_lying_or_upside_down_is_not() {
        let body = Body::measure(&standing(12.0)).unwrap();
        assert!((body.shoulder_width - 80.0).abs() < 0.1 && (body.torso_length - 120.0).abs() < 0.1);
        for turned in [90.0, -90.0, 180.0] {
            assert_eq!(Body::measure(&standing(turned)).err(), Some(Refusal::PoseUnsupported), "{turned}");
        }
    }

    #[test]
    fn a_back_is_not_the_front_and_neither_is_a_side() {
        let mut back = standing(0.0);
        back.points.swap(11, 12);
        assert_eq!(Body::measure(&back).err(), Some(Refusal::PoseNotFrontal));
        let mut side = standing(0.0);
        (side.points[11].x, side.points[12].x) = (165.0, 135.0);
        assert_eq!(Body::measure(&side).err(), Some(Refusal::PoseNotFrontal));
    }
}
