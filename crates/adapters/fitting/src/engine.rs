//! The engine: loaded once, asked often.

use std::time::Instant;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use crate::composite::compose;
use crate::garment::{self, BottomLandmarks, CutOut, TopLandmarks};
use crate::outcome::{Category, Control, EngineError, FitError, Fitted, PersonReport, Report, Stage, Warning};
use crate::person::{Body, Person, Side};
use crate::pose::{Landmarks, PoseFinder};
use crate::quality;
use crate::refusal::Refusal;
use crate::warp::{Dressed, fit_bottom, fit_top};

/// Longer side of the working picture and of the result, in pixels.
const WORKING_SIDE: u32 = 800;
/// Shorter side below which a picture holds too little to work with.
const MIN_SIDE: u32 = 120;
/// Below this the wrist is somewhere behind something.
const WRIST_VISIBLE: f32 = 0.25;
/// Old clothing left uncovered beyond this share is worth a warning.
const REPAINTED_WARNING: f32 = 0.30;
/// Results below this confidence carry a warning.
const CONFIDENT: f32 = 0.45;
/// A garment that hardly differs from its background may have been cut out wrongly.
const LOW_CONTRAST: f32 = 0.8;
/// Below this margin between labels, clothing and surroundings are not told apart at all.
const MIN_MARGIN: f32 = 0.10;
/// Clothing of which more than this share stands off the body (suits, costumes) hides where the body is.
const MAX_BULK: f32 = 0.10;

/// The local try-on engine. Loading takes about half a second and 100 MiB; a loaded engine is shared between threads.
pub struct Engine {
    poses: PoseFinder,
}

impl Engine {
    /// Loads the pose networks.
    ///
    /// # Errors
    /// When the networks in the binary cannot be read, which a build that passes its tests excludes.
    pub fn load() -> Result<Self, EngineError> {
        let poses = PoseFinder::load().map_err(|e| EngineError(format!("{e:#}")))?;
        Ok(Self { poses })
    }

    /// Puts `garment` on `person`. Both pictures are upright RGB, best between 800 and 1600 pixels; the work takes
    /// about a second and `progress` hears of each stage as it begins.
    ///
    /// # Errors
    /// [`FitError::Refused`] when a picture cannot be used, [`FitError::Stopped`] when `progress` says so.
    pub fn fit(
        &self,
        person: &RgbImage,
        garment: &RgbImage,
        category: Category,
        progress: &mut dyn FnMut(Stage) -> Control,
    ) -> Result<Fitted, FitError> {
        let mut clock = Clock::new(progress);

        clock.enter(Stage::Pose)?;
        let (photo, seen, body) = self.measure(person)?;

        let (wide, high) = photo.dimensions();
        if category.covers_legs() && body.seated() {
            return Err(Refusal::PoseUnsupported.into());
        }
        if category.covers_legs() && !body.knees_in_frame(wide, high) {
            return Err(Refusal::PoseCutOff.into());
        }

        clock.enter(Stage::Labels)?;
        let warnings = pose_warnings(&body);
        let person = Person::analyse(&photo, body, seen.mask);
        if person.labels.margin < MIN_MARGIN || person.labels.bulk > MAX_BULK || !person.shoulders_plausible() {
            return Err(Refusal::ClothingUnclear.into());
        }

        clock.enter(Stage::Garment)?;
        require_size(garment)?;
        let mut cut = garment::cut_out(garment)?;
        let laid_out = laid_out(&cut, category)?;
        if let (Category::Outerwear, LaidOut::Top(marks)) = (category, &laid_out) {
            garment::clear_opening(&mut cut, marks);
        }

        clock.enter(Stage::Warp)?;
        let dressed = laid_out.fit(&person, &cut, category);

        clock.enter(Stage::Composite)?;
        let composite = compose(&person, &dressed);
        let confidence = confidence(&person, &seen.visibility) * if cut.low_contrast { LOW_CONTRAST } else { 1.0 };
        let mut report = measures(&dressed);
        report.timings = clock.finish();
        let (garment_scale, turned, symmetry) = (cut.scale, cut.turned, cut.symmetry);
        tracing::debug!(
            ?report,
            garment_scale,
            turned,
            symmetry,
            margin = person.labels.margin,
            repainted = composite.repainted,
            confidence,
            "try-on finished"
        );
        Ok(Fitted {
            image: composite.picture,
            warnings: all_warnings(warnings, &person.body, &report, composite.repainted, confidence),
            confidence,
            report,
        })
    }

    /// Looks at a photo alone: is there one person in a usable pose?
    ///
    /// # Errors
    /// [`FitError::Refused`] when a try-on with this photo would be refused whatever the garment.
    pub fn examine(&self, person: &RgbImage) -> Result<PersonReport, FitError> {
        let (photo, seen, body) = self.measure(person)?;
        let height = photo.height() as f32;
        let head_top = (body.head.centre.y - body.head.radius).max(0.0);
        let feet = Side::BOTH.map(|s| body.limbs(s).ankle.y).into_iter().fold(0.0, f32::max).min(height);
        let mut warnings = pose_warnings(&body);
        let on_original = person.height() as f32 / height;
        let (top, bottom) = ((head_top * on_original) as u32, (feet * on_original) as u32);
        warnings.extend(quality::findings(person, (0, top, person.width(), bottom.saturating_sub(top).max(1))));
        Ok(PersonReport { presence: seen.presence, height_share: ((feet - head_top) / height).clamp(0.0, 1.0), warnings })
    }

    fn measure(&self, person: &RgbImage) -> Result<(RgbImage, Landmarks, Body), FitError> {
        require_size(person)?;
        let photo = at_working_size(person)?;
        let seen = self.poses.find(&photo).map_err(|e| FitError::Internal(format!("{e:#}")))??;
        let body = Body::measure(&seen)?;
        if !body.upper_body_in_frame(photo.width(), photo.height()) {
            return Err(Refusal::PoseCutOff.into());
        }
        Ok((photo, seen, body))
    }
}

fn require_size(picture: &RgbImage) -> Result<(), Refusal> {
    if picture.width().min(picture.height()) < MIN_SIDE { Err(Refusal::PictureTooSmall) } else { Ok(()) }
}

fn at_working_size(picture: &RgbImage) -> Result<RgbImage, FitError> {
    let (w, h) = picture.dimensions();
    let k = f64::from(WORKING_SIDE) / f64::from(w.max(h));
    if k >= 1.0 {
        return Ok(picture.clone());
    }
    let internal = |e: &dyn std::fmt::Display| FitError::Internal(e.to_string());
    let side = |n: u32| ((f64::from(n) * k).round() as u32).max(1);
    let source = ImageRef::new(w, h, picture.as_raw(), PixelType::U8x3).map_err(|e| internal(&e))?;
    let mut target = Image::new(side(w), side(h), PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize(&source, &mut target, &options).map_err(|e| internal(&e))?;
    RgbImage::from_raw(side(w), side(h), target.into_vec()).ok_or_else(|| internal(&"the resized photo has a wrong size"))
}

fn pose_warnings(body: &Body) -> Vec<Warning> {
    if body.seated() { vec![Warning::Seated] } else { Vec::new() }
}

/// The landmarks of a garment of either topology.
enum LaidOut {
    Top(Box<TopLandmarks>),
    Bottom(BottomLandmarks),
}

/// Finds the landmarks, unless the garment is not of the category.
fn laid_out(cut: &CutOut, category: Category) -> Result<LaidOut, Refusal> {
    let kind = garment::silhouette_kind(&cut.mask);
    // Whatever its length, a silhouette of the other topology is refused before landmarks are looked for.
    if !kind.may_be(category) {
        return Err(Refusal::CategoryMismatch);
    }
    if category == Category::Bottoms {
        return garment::landmarks_of_bottom(cut).map(LaidOut::Bottom);
    }
    let marks = garment::landmarks_of_top(cut)?;
    if kind.suits(category, marks.length_in_widths()) { Ok(LaidOut::Top(Box::new(marks))) } else { Err(Refusal::CategoryMismatch) }
}

impl LaidOut {
    fn fit(&self, person: &Person, cut: &CutOut, category: Category) -> Dressed {
        match self {
            Self::Top(marks) => Dressed::Top(fit_top(person, cut, marks, category)),
            Self::Bottom(marks) => Dressed::Bottom(fit_bottom(person, cut, marks)),
        }
    }
}

fn measures(dressed: &Dressed) -> Report {
    match dressed {
        Dressed::Top(fitted) => {
            let mut sleeve = [0.0; 2];
            for drawn in &fitted.sleeves {
                sleeve[drawn.side.index()] = drawn.length;
            }
            Report { scale: fitted.scale, sleeve, hem: fitted.hem, ..Report::default() }
        }
        Dressed::Bottom(fitted) => Report { scale: fitted.scale, hem: fitted.length, ..Report::default() },
    }
}

/// How clearly the clothing stands out, and how surely the joints of the upper body were seen.
fn confidence(person: &Person, visibility: &[f32]) -> f32 {
    let joints = [11, 12, 13, 14, 23, 24].map(|i| visibility[i]).iter().sum::<f32>() / 6.0;
    let margin = ((person.labels.margin - MIN_MARGIN) / (0.9 - MIN_MARGIN)).clamp(0.0, 1.0);
    let close_fitting = 1.0 - (person.labels.bulk / MAX_BULK).min(1.0).powi(2);
    (joints * margin.sqrt() * close_fitting).clamp(0.0, 1.0)
}

fn all_warnings(mut warnings: Vec<Warning>, body: &Body, report: &Report, repainted: f32, confidence: f32) -> Vec<Warning> {
    let hidden = |side: Side| body.limbs(side).wrist_visibility < WRIST_VISIBLE && report.sleeve[side.index()] > 0.6;
    if Side::BOTH.into_iter().any(hidden) {
        warnings.push(Warning::WristHidden);
    }
    if repainted > REPAINTED_WARNING {
        warnings.push(Warning::OldGarmentMayShow);
    }
    if confidence < CONFIDENT {
        warnings.push(Warning::LowConfidence);
    }
    warnings
}

/// Tells the caller of each stage and measures it.
struct Clock<'a> {
    progress: &'a mut dyn FnMut(Stage) -> Control,
    began: Vec<Instant>,
}

impl<'a> Clock<'a> {
    fn new(progress: &'a mut dyn FnMut(Stage) -> Control) -> Self {
        Self { progress, began: Vec::with_capacity(Stage::ALL.len() + 1) }
    }

    fn enter(&mut self, stage: Stage) -> Result<(), FitError> {
        self.began.push(Instant::now());
        match (self.progress)(stage) {
            Control::Continue => Ok(()),
            Control::Stop => Err(FitError::Stopped),
        }
    }

    fn finish(mut self) -> [std::time::Duration; 5] {
        self.began.push(Instant::now());
        std::array::from_fn(|i| self.began[i + 1].duration_since(self.began[i]))
    }
}
