//! The bounded pool that pictures go through.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use atelier_domain::kernel::{ImageError, ImageInput, ImageProcessor, ProcessedImage};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::intake::{self, Picture};
use crate::{ImageLimits, decode, renditions};

const IMAGES: &str = "atelier_images_total";
const SECONDS: &str = "atelier_image_seconds";
const MEMORY: &str = "atelier_image_memory_bytes";

/// Processes pictures on blocking threads, a few at a time, within a budget of memory.
///
/// A picture waits for a place in line (none left: [`ImageError::Busy`]), for a thread, and for as many megabytes of the budget as its
/// header says that it will need. It gives them back when its thread is done, also when its caller went away.
pub struct ImagePipeline {
    limits: Arc<ImageLimits>,
    admitted: Arc<Semaphore>,
    threads: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    reserved: Arc<Reserved>,
}

/// Megabytes reserved now and at most so far.
#[derive(Default)]
struct Reserved {
    now: AtomicU32,
    peak: AtomicU32,
}

/// Megabytes of the budget, given back when dropped.
struct Reservation {
    reserved: Arc<Reserved>,
    megabytes: u32,
    _permit: OwnedSemaphorePermit,
}

impl Reservation {
    fn new(reserved: Arc<Reserved>, megabytes: u32, permit: OwnedSemaphorePermit) -> Self {
        let now = reserved.now.fetch_add(megabytes, Ordering::SeqCst) + megabytes;
        reserved.peak.fetch_max(now, Ordering::SeqCst);
        metrics::gauge!(MEMORY).increment(f64::from(megabytes) * 1e6);
        Self { reserved, megabytes, _permit: permit }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // Before the permit goes back, or the next picture would be counted beside this one.
        self.reserved.now.fetch_sub(self.megabytes, Ordering::SeqCst);
        metrics::gauge!(MEMORY).decrement(f64::from(self.megabytes) * 1e6);
    }
}

/// The documented limits.
impl Default for ImagePipeline {
    fn default() -> Self {
        Self::new(ImageLimits::default())
    }
}

impl ImagePipeline {
    /// A pipeline with its own threads and budget. Share one per process.
    pub fn new(limits: ImageLimits) -> Self {
        metrics::describe_counter!(IMAGES, "Pictures taken in, by outcome");
        metrics::describe_histogram!(SECONDS, metrics::Unit::Seconds, "Duration of processing a picture, waiting included");
        metrics::describe_gauge!(MEMORY, metrics::Unit::Bytes, "Memory reserved for pictures being processed");
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.clamp(1, Semaphore::MAX_PERMITS)));
        Self {
            admitted: semaphore(limits.threads.saturating_add(limits.queue_limit)),
            threads: semaphore(limits.threads),
            memory: semaphore(limits.memory_budget_mb as usize),
            reserved: Arc::default(),
            limits: Arc::new(limits),
        }
    }

    /// Megabytes (10⁶ bytes) of the budget in use now.
    pub fn reserved_mb(&self) -> u32 {
        self.reserved.now.load(Ordering::SeqCst)
    }

    /// Most megabytes of the budget ever in use at once.
    pub fn peak_reserved_mb(&self) -> u32 {
        self.reserved.peak.load(Ordering::SeqCst)
    }

    async fn run(&self, input: ImageInput) -> Result<ProcessedImage, ImageError> {
        let closed = |error: tokio::sync::AcquireError| ImageError::Failed(error.into());
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_full| ImageError::Busy)?;
        let thread = Arc::clone(&self.threads).acquire_owned().await.map_err(closed)?;
        let places = (admitted, thread);
        let limits = Arc::clone(&self.limits);
        let (places, picture) = on_blocking_thread(move || Ok((places, intake::inspect(input, &limits)?))).await?;
        let megabytes = u32::try_from(picture.need.div_ceil(1_000_000)).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.memory).acquire_many_owned(megabytes).await.map_err(closed)?;
        let reservation = Reservation::new(Arc::clone(&self.reserved), megabytes, permit);
        on_blocking_thread(move || {
            let _held = (places, reservation);
            process(picture)
        })
        .await
    }
}

fn process(picture: Picture) -> Result<ProcessedImage, ImageError> {
    renditions::render(decode::decode(picture)?)
}

/// Runs `work` where it may block. A decoder that panics has met a picture that cannot be read.
async fn on_blocking_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, ImageError> + Send + 'static) -> Result<T, ImageError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => {
            tracing::error!("an image decoder panicked");
            Err(ImageError::Unreadable(error.into()))
        }
        Err(error) => Err(ImageError::Failed(error.into())),
    }
}

#[async_trait::async_trait]
impl ImageProcessor for ImagePipeline {
    #[tracing::instrument(name = "imaging.process", skip_all)]
    async fn process(&self, input: ImageInput) -> Result<ProcessedImage, ImageError> {
        let start = Instant::now();
        let result = self.run(input).await;
        let outcome = match &result {
            Ok(_) => "ok",
            Err(ImageError::UnsupportedFormat) => "unsupported",
            Err(ImageError::TooManyBytes { .. } | ImageError::TooManyPixels { .. }) => "too_large",
            Err(ImageError::Unreadable(_)) => "unreadable",
            Err(ImageError::Busy) => "busy",
            Err(ImageError::Failed(_)) => "failed",
        };
        metrics::counter!(IMAGES, "outcome" => outcome).increment(1);
        metrics::histogram!(SECONDS, "outcome" => outcome).record(start.elapsed().as_secs_f64());
        result
    }
}
