//! The port to whatever makes the picture: the local engine, a self-hosted model, a hosted service.

use std::time::Duration;

use bytes::Bytes;

use crate::wearit::wardrobe::Category;

use super::{TryOnFailure, TryOnOptions};

/// One model of a provider: what it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    /// The model's name, as `options.model` takes it.
    pub model: String,
    /// The categories it serves.
    pub categories: Vec<Category>,
    /// Most garments in one request.
    pub max_garments: usize,
    /// Whether it takes a seed.
    pub seed: bool,
    /// Whether results are previews of limited quality.
    pub preview: bool,
}

/// A picture for a provider.
#[derive(Debug, Clone)]
pub struct ProviderImage {
    /// JPEG, upright, at most 1600 px.
    pub jpeg: Bytes,
}

/// What a provider gets.
#[derive(Debug, Clone)]
pub struct TryOnInputs {
    /// The person.
    pub person: ProviderImage,
    /// The garments with their categories, in the order they are put on.
    pub garments: Vec<(Category, ProviderImage)>,
    /// What the caller chose.
    pub options: TryOnOptions,
    /// Our own name of this submission, another one for each attempt: what [`TryOnProvider::find_submission`] looks for.
    pub reference: String,
}

/// How far the provider is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// 0–100.
    pub percent: u8,
    /// What is being done, one lower-case word.
    pub stage: String,
}

/// What the provider is told after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop as soon as possible: the try-on was cancelled, or the lease is lost.
    Stop,
}

/// Takes progress, from any thread, without blocking.
pub trait ProgressSink: Send + Sync {
    /// Reports progress and learns whether to go on.
    fn report(&self, progress: Progress) -> Control;
}

/// A finished picture.
#[derive(Debug, Clone)]
pub struct ProviderResult {
    /// The picture: JPEG, PNG or WebP.
    pub image: Bytes,
    /// The model and its version.
    pub model_used: String,
    /// How long the model worked.
    pub worked_for: Duration,
    /// What the person should know.
    pub warnings: Vec<String>,
    /// How sure the engine is, 0–1.
    pub confidence: Option<f32>,
    /// Whether this is a preview of limited quality.
    pub preview: bool,
}

/// What came of a submission or a poll.
#[derive(Debug, Clone)]
pub enum Submission {
    /// The picture is there.
    Done(ProviderResult),
    /// The provider works on it under this id of its own.
    Accepted {
        /// The provider's id.
        external_id: String,
    },
    /// Still being worked on; look again after a while.
    Running(Progress),
}

/// What a provider knows of a submission whose answer never arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// It took the request, under this id.
    Found {
        /// The provider's id.
        external_id: String,
    },
    /// It never got the request: it may be sent again.
    NotFound,
    /// It cannot tell: the request may have been paid for, and must not be sent again.
    Unknown,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum ProviderFailure {
    /// A canonical failure, with an optional wait asked for by the provider.
    #[error("the provider failed: {} ({})", .failure.code, .failure.reason)]
    Failed {
        /// What and why.
        failure: TryOnFailure,
        /// The provider's `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// It stopped because the sink said so.
    #[error("the provider was told to stop")]
    Stopped,
}

/// Makes try-on pictures.
#[async_trait::async_trait]
pub trait TryOnProvider: Send + Sync {
    /// The provider's name, e.g. `local`.
    fn name(&self) -> &'static str;
    /// What it serves.
    fn capabilities(&self) -> Vec<Capability>;
    /// Hands the request over, or does the whole work. MUST NOT block the async threads, and MUST report progress at each step.
    async fn submit(&self, inputs: TryOnInputs, progress: &dyn ProgressSink) -> Result<Submission, ProviderFailure>;
    /// Looks at a request handed over before. Providers that finish in [`submit`](TryOnProvider::submit) are never asked.
    async fn poll(&self, external_id: &str) -> Result<Submission, ProviderFailure>;
    /// Whether a submission costs something, so that one whose answer never arrived must not be sent again unseen.
    fn is_charged(&self) -> bool {
        false
    }
    /// Looks for a submission by [`TryOnInputs::reference`]. Asked only of providers that charge.
    async fn find_submission(&self, _reference: &str) -> Result<Lookup, ProviderFailure> {
        Ok(Lookup::Unknown)
    }
    /// Asks to stop a request handed over before; best effort.
    async fn cancel(&self, external_id: &str) -> Result<(), ProviderFailure>;
}
