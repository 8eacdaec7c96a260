//! Finds the one person of a photo: who is there, the joints, the outline.
//!
//! Two networks of MediaPipe's BlazePose (Apache-2.0, see `models/NOTICE`) run in `tract`.

mod anchors;
mod detector;
mod landmarker;
mod network;
mod region;
mod sampling;

use image::RgbImage;
use tract_onnx::prelude::TractResult;

use self::detector::Detector;
use self::landmarker::Landmarker;
use self::region::Region;
use crate::refusal::Refusal;

pub(crate) use self::landmarker::Landmarks;

/// The bytes of the person detector.
pub(crate) const DETECTOR_MODEL: &[u8] = include_bytes!("../../models/pose_detection_w16.onnx");
/// The bytes of the landmark network.
pub(crate) const LANDMARK_MODEL: &[u8] = include_bytes!("../../models/pose_landmark_full_w16.onnx");

/// A second person at least this share of the first one's size makes it unclear who is meant.
const RIVAL_AREA: f32 = 0.45;
const MIN_PRESENCE: f32 = 0.5;
/// Nose, eyes and mouth: points of a face, which a garment without anybody in it does not have.
const FACE: [usize; 5] = [0, 2, 5, 9, 10];
/// A garment with thin straps can pass for somebody faintly seen.
const SURELY_PRESENT: f32 = 0.8;

/// Both networks, ready to run; shared by all jobs.
pub(crate) struct PoseFinder {
    detector: Detector,
    landmarker: Landmarker,
}

impl PoseFinder {
    pub(crate) fn load() -> TractResult<Self> {
        Ok(Self { detector: Detector::load(DETECTOR_MODEL)?, landmarker: Landmarker::load(LANDMARK_MODEL)? })
    }

    /// The one person in the picture. The outer error is the runtime's, the inner one is about the picture.
    pub(crate) fn find(&self, picture: &RgbImage) -> TractResult<Result<Landmarks, Refusal>> {
        let people = self.detector.find(picture)?;
        let Some(first) = people.first() else {
            return Ok(Err(Refusal::NoPerson));
        };
        if people.iter().skip(1).any(|other| other.area() > RIVAL_AREA * first.area()) {
            return Ok(Err(Refusal::SeveralPeople));
        }
        let landmarks = self.landmarker.run(picture, Region::around(first))?;
        Ok(if landmarks.presence < MIN_PRESENCE { Err(Refusal::NoPerson) } else { Ok(landmarks) })
    }

    /// Whether somebody with a face is in the picture.
    pub(crate) fn shows_somebody(&self, picture: &RgbImage) -> TractResult<bool> {
        let Some(first) = self.detector.find(picture)?.into_iter().next() else {
            return Ok(false);
        };
        let seen = self.landmarker.run(picture, Region::around(&first))?;
        let (w, h) = (picture.width() as usize, picture.height() as usize);
        let on_person = |i: usize| {
            let (x, y) = (seen.points[i].x, seen.points[i].y);
            let inside = x >= 0.0 && y >= 0.0 && x < w as f32 && y < h as f32;
            inside && seen.mask[y as usize * w + x as usize] > 0.8
        };
        Ok(seen.presence > SURELY_PRESENT && FACE.into_iter().all(on_person))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_from_bottoms() {
        let poses = PoseFinder::load().unwrap();
        let samples = format!("{}/../../../samples", env!("CARGO_MANIFEST_DIR"));
        let somebody = |file: &str| poses.shows_somebody(&image::open(format!("{samples}/{file}")).unwrap().to_rgb8()).unwrap();
        for person in ["person_1.jpg", "person_2.jpg", "person_3.jpg", "person_4.jpg", "fashn_model.png"] {
            assert!(somebody(person), "{person}");
        }
        for garment in ["g_jeans", "trousers_check", "shorts", "skirt"] {
            assert!(!somebody(&format!("garments/{garment}.jpg")), "{garment}");
        }
    }

    #[test]
    fn the_joints_of_the_standing_samples_are_where_they_are_seen() {
        let poses = PoseFinder::load().unwrap();
        for name in ["person_1", "person_2", "person_3", "person_4"] {
            let path = format!("{}/../../../samples/{name}.jpg", env!("CARGO_MANIFEST_DIR"));
            let picture = image::open(path).unwrap().to_rgb8();
            let seen = poses.find(&picture).unwrap().unwrap();
            let (w, h) = (picture.width() as f32, picture.height() as f32);
            // Fractions of the picture, which all four fill in the same way, facing the camera.
            for (joint, x, y) in [
                (0, 0.50, 0.12),
                (11, 0.59, 0.23),
                (12, 0.41, 0.23),
                (23, 0.55, 0.48),
                (24, 0.45, 0.48),
                (15, 0.72, 0.48),
                (16, 0.28, 0.48),
                (27, 0.59, 0.88),
                (28, 0.41, 0.88),
            ] {
                let p = seen.points[joint];
                let off = (p.x / w - x).hypot(p.y / h - y);
                assert!(off < 0.06, "{name}: joint {joint} is at {:.3}, {:.3}", p.x / w, p.y / h);
                assert!(seen.visibility[joint] > 0.5, "{name}: joint {joint}");
            }
            assert!(seen.presence > 0.9, "{name}: {}", seen.presence);
            let at = |x: f32, y: f32| seen.mask[(y * h) as usize * picture.width() as usize + (x * w) as usize];
            assert!(at(0.5, 0.35) > 0.9 && at(0.1, 0.35) < 0.1, "{name}");
        }
    }
}
