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

/// Both networks, ready to run; shared by all jobs.
pub(crate) struct PoseFinder {
    detector: Detector,
    landmarker: Landmarker,
}

impl PoseFinder {
    pub(crate) fn load() -> TractResult<Self> {
        Ok(Self {
            detector: Detector::load(DETECTOR_MODEL)?,
            landmarker: Landmarker::load(LANDMARK_MODEL)?,
        })
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
        Ok(if landmarks.presence < MIN_PRESENCE {
            Err(Refusal::NoPerson)
        } else {
            Ok(landmarks)
        })
    }
}
