//! The engine as the domain's try-on provider and photo examiner.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use atelier_domain::wearit::body::{ExaminationError, PhotoExaminer};
use atelier_domain::wearit::tryon::{
    self, Capability, FailureCode, Heard, MadeWith, Progress, ProgressSink, ProviderFailure, ProviderResult, Submission, TryOnFailure,
    TryOnInputs, TryOnProvider,
};
use atelier_domain::wearit::wardrobe;
use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, RgbImage};
use tokio::sync::{AcquireError, OnceCell, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::{JoinError, spawn_blocking};

use crate::engine::Engine;
use crate::outcome::{Category, Control, EngineError, FitError, Fitted, Stage};
use crate::refusal::Refusal;

/// The model's name, as `options.model` takes it.
const MODEL: &str = "local-2d";
/// The model and its version; to be raised when results change.
const MODEL_USED: &str = "local-2d@2";
/// In one look.
const MOST_GARMENTS: usize = 2;
/// Of the result; the stored renditions are made from it.
const JPEG_QUALITY: u8 = 90;

/// The local engine on a bounded pool of blocking threads: needs no key and no network.
///
/// The engine is loaded when it is first needed: a process that is never asked for a picture does without its 100 MiB.
pub struct LocalTryOn {
    engine: OnceCell<Arc<Engine>>,
    permits: Arc<Semaphore>,
}

impl LocalTryOn {
    /// At most `concurrency` pictures are worked on at once; others wait.
    pub fn new(concurrency: usize) -> Self {
        Self { engine: OnceCell::new(), permits: Arc::new(Semaphore::new(concurrency.max(1))) }
    }

    async fn engine(&self) -> Result<Arc<Engine>, EngineError> {
        let load = async || {
            let loaded = spawn_blocking(Engine::load).await.unwrap_or_else(|panic: JoinError| Err(EngineError(panic.to_string())));
            loaded.map(Arc::new)
        };
        self.engine.get_or_try_init(load).await.cloned()
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.permits.clone().acquire_owned().await
    }
}

/// Tells the engine to stop when nobody waits for it any more.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[async_trait::async_trait]
impl TryOnProvider for LocalTryOn {
    fn name(&self) -> &'static str {
        "local"
    }

    fn capabilities(&self) -> Vec<Capability> {
        vec![Capability {
            model: MODEL.to_owned(),
            categories: wardrobe::Category::ALL.into_iter().filter(|category| Category::try_from(*category).is_ok()).collect(),
            max_garments: MOST_GARMENTS,
            seed: false,
            preview: true,
        }]
    }

    async fn submit(&self, inputs: TryOnInputs, progress: &dyn ProgressSink) -> Result<Submission, ProviderFailure> {
        let permit = self.permit().await.map_err(|closed| engine_failed(&closed))?;
        let engine = self.engine().await.map_err(|error| engine_failed(&error))?;
        let stopped = StopOnDrop(Arc::new(AtomicBool::new(false)));
        let (stages, mut entered) = mpsc::unbounded_channel();
        let stop = stopped.0.clone();
        let garments = inputs.garments.len();
        let work = spawn_blocking(move || {
            // Held by the thread, not by who waits for it: a thread that goes on for a moment still counts.
            let _permit = permit;
            make(&engine, &inputs, &mut |stage| {
                let _nobody_listens = stages.send(stage).is_err();
                if stop.load(Ordering::Acquire) { Control::Stop } else { Control::Continue }
            })
        });
        let mut begun = 0;
        while let Some(stage) = entered.recv().await {
            begun += usize::from(stage == Stage::Labels);
            let report = Progress { percent: percent(stage, begun, garments), stage: stage.code().to_owned() };
            if progress.report(report) == tryon::Control::Stop {
                stopped.0.store(true, Ordering::Release);
            }
        }
        work.await.unwrap_or_else(|panic: JoinError| Err(engine_failed(&panic))).map(Submission::Done)
    }

    async fn poll(&self, external_id: &str, _heard: Option<&Heard>, _made_with: Option<&MadeWith>) -> Result<Submission, ProviderFailure> {
        Err(engine_failed(&format!("nothing is ever handed over under an id such as {external_id}")))
    }

    async fn cancel(&self, _external_id: &str) -> Result<(), ProviderFailure> {
        Ok(())
    }
}

#[async_trait::async_trait]
impl PhotoExaminer for LocalTryOn {
    async fn examine(&self, source: Bytes) -> Result<Vec<String>, ExaminationError> {
        let permit = self.permit().await.map_err(|closed| ExaminationError(closed.into()))?;
        let engine = self.engine().await.map_err(|error| ExaminationError(error.into()))?;
        let look = spawn_blocking(move || {
            let _permit = permit;
            let photo = decode(&source).map_err(|error| ExaminationError(error.into()))?;
            match engine.examine(&photo) {
                Ok(report) => Ok(report.warnings.iter().map(|warning| warning.code().to_owned()).collect()),
                Err(FitError::Refused(refusal)) => Ok(vec![refusal.reason().to_owned()]),
                Err(error) => Err(ExaminationError(error.into())),
            }
        });
        look.await.unwrap_or_else(|panic| Err(ExaminationError(panic.into())))
    }
}

fn make(engine: &Engine, inputs: &TryOnInputs, progress: &mut dyn FnMut(Stage) -> Control) -> Result<ProviderResult, ProviderFailure> {
    if inputs.garments.is_empty() || inputs.garments.len() > MOST_GARMENTS {
        return Err(failed(FailureCode::InputRejected, "not_served", "This engine fits one or two garments.", "Ask for fewer garments."));
    }
    let person = decode(&inputs.person.jpeg).map_err(|error| unreadable(&error, "person_unreadable", "body photo"))?;
    let mut garments = Vec::with_capacity(inputs.garments.len());
    for (category, garment) in &inputs.garments {
        let category = Category::try_from(*category).map_err(|_not_served| {
            let advice = "Ask for a top, a bottom, a dress or a jacket.";
            failed(FailureCode::InputRejected, "not_served", "This engine fits clothes only.", advice)
        })?;
        let picture = decode(&garment.jpeg).map_err(|error| unreadable(&error, "garment_unreadable", "garment's picture"))?;
        garments.push((category, picture));
    }
    let garments: Vec<_> = garments.iter().map(|(category, picture)| (*category, picture)).collect();
    let began = Instant::now();
    let fitted = engine.fit_look(&person, &garments, progress).map_err(|error| failure(&error))?;
    result(&fitted, began.elapsed())
}

fn result(fitted: &Fitted, worked_for: Duration) -> Result<ProviderResult, ProviderFailure> {
    let mut jpeg = Vec::new();
    fitted.image.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)).map_err(|error| engine_failed(&error))?;
    Ok(ProviderResult {
        image: jpeg.into(),
        model_used: MODEL_USED.to_owned(),
        worked_for,
        warnings: fitted.warnings.iter().map(|warning| warning.code().to_owned()).collect(),
        confidence: Some(fitted.confidence),
        preview: true,
        made_with: MadeWith::default(),
    })
}

fn decode(jpeg: &[u8]) -> Result<RgbImage, image::ImageError> {
    Ok(image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg)?.into_rgb8())
}

fn failure(error: &FitError) -> ProviderFailure {
    match error {
        FitError::Refused(refusal) => failed(code_of(*refusal), refusal.reason(), refusal.message(), refusal.advice()),
        FitError::Stopped => ProviderFailure::Stopped,
        FitError::Internal(_) => engine_failed(error),
    }
}

fn code_of(refusal: Refusal) -> FailureCode {
    match refusal {
        Refusal::NoPerson | Refusal::SeveralPeople | Refusal::PoseCutOff | Refusal::PoseNotFrontal | Refusal::PoseUnsupported => {
            FailureCode::PoseNotFound
        }
        Refusal::ClothingUnclear
        | Refusal::GarmentNotFound
        | Refusal::GarmentBackgroundNotPlain
        | Refusal::GarmentCutOff
        | Refusal::GarmentWorn
        | Refusal::GarmentLandmarks
        | Refusal::CategoryMismatch
        | Refusal::NotWornTogether
        | Refusal::PictureTooSmall => FailureCode::InputRejected,
    }
}

/// How much of the work is done when a stage of the `begun`th of so many garments begins.
fn percent(stage: Stage, begun: usize, garments: usize) -> u8 {
    let first = usize::from(Stage::Labels.percent());
    match (begun, usize::from(stage.percent())) {
        (0, percent) => percent as u8,
        (n, percent) => (first + ((n - 1) * (100 - first) + (percent - first)) / garments.max(n)) as u8,
    }
}

fn failed(code: FailureCode, reason: &str, message: &str, advice: &str) -> ProviderFailure {
    ProviderFailure::Failed { failure: TryOnFailure::new(code, reason, message, advice), retry_after: None }
}

fn unreadable(error: &image::ImageError, reason: &str, what: &str) -> ProviderFailure {
    tracing::warn!(%error, what, "a stored picture cannot be decoded");
    failed(FailureCode::InputUnreadable, reason, &format!("The {what} cannot be read."), "Upload the picture again.")
}

fn engine_failed(cause: &dyn std::fmt::Display) -> ProviderFailure {
    tracing::error!(error = %cause, "the try-on engine failed");
    failed(FailureCode::ProviderError, "engine_failed", "The try-on engine failed.", "Ask for it again in a while.")
}
