//! The port to whatever makes the picture: the local engine, a self-hosted model, a hosted service.

use std::time::Duration;

use bytes::Bytes;

use crate::wearit::wardrobe::Category;

use super::{CallbackError, CallbackMessage, Heard, MadeWith, TryOnFailure, TryOnOptions};

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
    /// Where the same bytes can be fetched, signed for this attempt. Only of use to a provider that reaches our object store.
    pub url: String,
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
    /// Our own name of this submission, another one for each attempt: what [`TryOnProvider::find_submission`] looks for. Letters, digits,
    /// dashes.
    pub reference: String,
    /// Where the provider may tell how far it is; it holds a secret of this attempt. None when nobody outside reaches us.
    pub callback_url: Option<String>,
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
    /// What it takes to ask for the same picture again, and what it cost.
    pub made_with: MadeWith,
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
        /// What the picture will be made with, as far as it is known by now; handed back to [`TryOnProvider::poll`].
        made_with: MadeWith,
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
    /// The request was sent to a provider that charges, and no answer came: it may have been taken, and must not be sent again unseen.
    /// Only [`TryOnProvider::submit`] says so.
    #[error("the provider gave no answer: it may have taken the request")]
    Unanswered,
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
    /// Looks at a request handed over before. `heard` is the newest message that came to its callback address, if any: a hint, except for
    /// a provider that tells nothing in another way. `made_with` is what the submission said, if it is known: the result says it again, with
    /// what was learnt since. Providers that finish in [`submit`](TryOnProvider::submit) are never asked.
    ///
    /// A status nobody knows is [`Submission::Running`]: the attempt's own deadline ends it. A look that fails while the request may go on
    /// is [`FailureCode::ProviderBusy`](super::FailureCode::ProviderBusy): look again.
    async fn poll(&self, external_id: &str, heard: Option<&Heard>, made_with: Option<&MadeWith>) -> Result<Submission, ProviderFailure>;
    /// Reads a message that came to the callback address, and checks its signature where the provider signs.
    ///
    /// # Errors
    /// [`CallbackError`]; [`CallbackError::Unexpected`] from a provider that sends none.
    fn read_callback(&self, _message: &CallbackMessage) -> Result<Heard, CallbackError> {
        Err(CallbackError::Unexpected)
    }
    /// Whether it would take a request now, as far as is known without asking it.
    fn is_available(&self) -> bool {
        true
    }
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
