//! The engine: loaded once, asked often.

use std::time::{Duration, Instant};

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use crate::composite::compose;
use crate::garment;
use crate::look::{LaidOut, in_order, laid_out, tucked};
use crate::outcome::{Category, Condition, Control, EngineError, FitError, Fitted, PersonReport, Report, Stage, Warning};
use crate::person::{Body, Person, Side};
use crate::pictures;
use crate::pose::{Landmarks, PoseFinder};
use crate::quality;
use crate::refusal::Refusal;
use crate::warp::Dressed;

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
        self.fit_look(person, &[(category, garment)], progress)
    }

    /// Puts several garments on `person`, one after the other in the order given; outerwear always comes last. A top
    /// put on after a bottom hangs over it, one put on before is tucked in. The stages from [`Stage::Labels`] on are
    /// entered once for each garment.
    ///
    /// # Errors
    /// As [`Engine::fit`]; [`Refusal::NotWornTogether`] for none, or for two that take the same place.
    pub fn fit_look(
        &self,
        person: &RgbImage,
        garments: &[(Category, &RgbImage)],
        progress: &mut dyn FnMut(Stage) -> Control,
    ) -> Result<Fitted, FitError> {
        self.run(person, garments, Clock::new(progress, None))
    }

    /// The same, and `show` is given a picture of what each stage found: joints and outline, labels, cut-out and
    /// landmarks, the bent cloth, the result.
    ///
    /// # Errors
    /// As [`Engine::fit_look`]; the stages before the refusal have been shown.
    pub fn fit_in_pictures(
        &self,
        person: &RgbImage,
        garments: &[(Category, &RgbImage)],
        show: &mut dyn FnMut(Stage, RgbImage),
    ) -> Result<Fitted, FitError> {
        self.run(person, garments, Clock::new(&mut |_| Control::Continue, Some(show)))
    }

    fn run(&self, person: &RgbImage, garments: &[(Category, &RgbImage)], mut clock: Clock<'_>) -> Result<Fitted, FitError> {
        let garments = in_order(garments)?;
        clock.enter(Stage::Pose)?;
        let Measured { mut photo, seen, body, condition, warnings } = self.measure(person)?;
        let (wide, high) = photo.dimensions();
        clock.show(Stage::Pose, || pictures::pose(&photo, &body, &seen.mask));
        if garments.iter().any(|(category, _)| category.covers_legs()) {
            if body.seated() {
                return Err(Refusal::PoseUnsupported.into());
            }
            if !body.knees_in_frame(wide, high) {
                return Err(Refusal::PoseCutOff.into());
            }
        }

        let mut outline = seen.mask;
        let mut whole = Look::new(warnings);
        for (n, &(category, garment)) in garments.iter().enumerate() {
            clock.enter(Stage::Labels)?;
            let person = Person::analyse(&photo, body.clone(), outline);
            clock.show(Stage::Labels, || pictures::labels(&person));
            let unclear = person.labels.margin < MIN_MARGIN || person.labels.bulk > MAX_BULK || !person.shoulders_plausible();
            // What was put on just now is known to be clothing.
            if n == 0 && unclear {
                return Err(Refusal::ClothingUnclear.into());
            }

            clock.enter(Stage::Garment)?;
            require_size(garment)?;
            let cut = garment::cut_out(garment);
            let marks = cut.as_ref().map_err(|refusal| *refusal).and_then(|cut| laid_out(cut, category));
            if let Ok(cut) = &cut {
                clock.show(Stage::Garment, || pictures::garment(cut, marks.as_ref().ok()));
            }
            // Only where the shape is odd, or that of legs: a garment with thin straps can look like somebody, too.
            let doubtful = marks.is_err() || category == Category::Bottoms;
            if doubtful && self.poses.shows_somebody(garment).map_err(|e| FitError::Internal(format!("{e:#}")))? {
                return Err(Refusal::GarmentWorn.into());
            }
            let (mut cut, marks) = (cut?, marks?);
            if let (Category::Outerwear, LaidOut::Top(marks)) = (category, &marks) {
                garment::clear_opening(&mut cut, marks);
            }

            clock.enter(Stage::Warp)?;
            let dressed = marks.fit(&person, &cut, category);
            clock.show(Stage::Warp, || pictures::layers(&dressed));

            clock.enter(Stage::Composite)?;
            let composite = compose(&person, &dressed, tucked(&garments[..n], category));
            clock.show(Stage::Composite, || composite.picture.clone());
            let contrast = if cut.low_contrast { LOW_CONTRAST } else { 1.0 };
            let confidence = confidence(&person, &seen.visibility) * condition.clarity() * contrast;
            let report = Report { condition, ..measures(&dressed) };
            let (garment_scale, turned, symmetry) = (cut.scale, cut.turned, cut.symmetry);
            let (margin, repainted) = (person.labels.margin, composite.repainted);
            tracing::debug!(?report, garment_scale, turned, symmetry, margin, repainted, confidence, "a garment is fitted");
            whole.add(&person.body, report, repainted, confidence);
            outline = person.silhouettes.person.zip(&composite.cover, f32::max).data;
            photo = composite.picture;
        }
        let Look { warnings, confidence, mut report } = whole;
        report.timings = clock.finish();
        Ok(Fitted { image: photo, warnings, confidence, report })
    }

    /// Looks at a photo alone: is there one person in a usable pose?
    ///
    /// # Errors
    /// [`FitError::Refused`] when a try-on with this photo would be refused whatever the garment.
    pub fn examine(&self, person: &RgbImage) -> Result<PersonReport, FitError> {
        let Measured { photo, seen, body, warnings, .. } = self.measure(person)?;
        let height_share = (seen_height(&body, &photo) / photo.height() as f32).clamp(0.0, 1.0);
        Ok(PersonReport { presence: seen.presence, height_share, warnings })
    }

    fn measure(&self, person: &RgbImage) -> Result<Measured, FitError> {
        require_size(person)?;
        let photo = at_working_size(person)?;
        let seen = self.poses.find(&photo).map_err(|e| FitError::Internal(format!("{e:#}")))??;
        let body = Body::measure(&seen)?;
        if !body.upper_body_in_frame(photo.width(), photo.height()) {
            return Err(Refusal::PoseCutOff.into());
        }
        let condition = Condition::measure(&photo, &seen.mask);
        let mut warnings = pose_warnings(&body);
        warnings.extend(condition.warnings());
        let on_original = person.height() as f32 / photo.height() as f32;
        warnings.extend(quality::of_format(person.dimensions(), seen_height(&body, &photo) * on_original));
        Ok(Measured { photo, seen, body, condition, warnings })
    }
}

/// A photo at the working size, who is on it, and what both are like.
struct Measured {
    photo: RgbImage,
    seen: Landmarks,
    body: Body,
    condition: Condition,
    warnings: Vec<Warning>,
}

/// From the top of the head to the ankles, or to the lower edge of the photo when they are outside, in pixels.
fn seen_height(body: &Body, photo: &RgbImage) -> f32 {
    let head_top = (body.head.centre.y - body.head.radius).max(0.0);
    let feet = Side::BOTH.map(|s| body.limbs(s).ankle.y).into_iter().fold(0.0, f32::max).min(photo.height() as f32);
    feet - head_top
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

/// What is known of a look so far.
struct Look {
    warnings: Vec<Warning>,
    confidence: f32,
    report: Report,
}

impl Look {
    fn new(warnings: Vec<Warning>) -> Self {
        Self { warnings, confidence: 1.0, report: Report::default() }
    }

    /// Adds a garment: a look is as sure as the least sure of its garments, its measures are those of the last one.
    fn add(&mut self, body: &Body, report: Report, repainted: f32, confidence: f32) {
        let hidden = |side: Side| body.limbs(side).wrist_visibility < WRIST_VISIBLE && report.sleeve[side.index()] > 0.6;
        let of_garment = [
            (Warning::WristHidden, Side::BOTH.into_iter().any(hidden)),
            (Warning::OldGarmentMayShow, repainted > REPAINTED_WARNING),
            (Warning::LowConfidence, confidence < CONFIDENT),
        ];
        for (warning, applies) in of_garment {
            if applies && !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        self.confidence = self.confidence.min(confidence);
        self.report = report;
    }
}

/// Tells the caller of each stage, shows it and measures it.
struct Clock<'a> {
    progress: &'a mut dyn FnMut(Stage) -> Control,
    show: Option<&'a mut dyn FnMut(Stage, RgbImage)>,
    began: Vec<(Stage, Instant)>,
}

impl<'a> Clock<'a> {
    fn new(progress: &'a mut dyn FnMut(Stage) -> Control, show: Option<&'a mut dyn FnMut(Stage, RgbImage)>) -> Self {
        Self { progress, show, began: Vec::with_capacity(2 * Stage::ALL.len()) }
    }

    fn enter(&mut self, stage: Stage) -> Result<(), FitError> {
        self.began.push((stage, Instant::now()));
        match (self.progress)(stage) {
            Control::Continue => Ok(()),
            Control::Stop => Err(FitError::Stopped),
        }
    }

    fn show(&mut self, stage: Stage, picture: impl FnOnce() -> RgbImage) {
        if let Some(show) = &mut self.show {
            show(stage, picture());
        }
    }

    /// The time spent in each stage, over all garments.
    fn finish(self) -> [Duration; 5] {
        let ends = self.began.iter().skip(1).map(|(_, at)| *at).chain([Instant::now()]);
        let mut spent = [Duration::ZERO; 5];
        for ((stage, began), ended) in self.began.iter().zip(ends) {
            spent[*stage as usize] += ended.duration_since(*began);
        }
        spent
    }
}
