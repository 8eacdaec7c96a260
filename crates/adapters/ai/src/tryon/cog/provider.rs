//! The adapter.

use std::sync::Arc;
use std::time::Duration;

use atelier_domain::wearit::tryon::{
    CallbackError, CallbackMessage, Capability, Control, Heard, MadeWith, Progress, ProgressSink, ProviderFailure, ProviderResult,
    Submission, TryOnInputs, TryOnProvider,
};
use tokio::runtime::Handle;

use super::kept::{self, Kept};
use super::request::Api;
use super::settings::CogSettings;
use super::watch::Watch;
use crate::tryon::InputMode;
use crate::tryon::endpoint::Endpoint;
use crate::tryon::failures::{self, CANCELLED, LOST, RESULT_UNREADABLE, TIMEOUT, UNREACHABLE};
use crate::tryon::http::{CallError, ProviderHttp};
use crate::tryon::models::{Mapped, Model, ProviderKind, TryOnModels, choose};
use crate::tryon::pictures::{address, collect};
use crate::tryon::prediction::{Prediction, State, UnknownStatuses};
use crate::tryon::setup::ProviderSetupError;

/// How often somebody who waits for the answer looks whether it is still wanted.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// For the operator: asked asynchronously, Cog 0.16 tells a path of its own disk unless it has a place to upload to.
const NO_PICTURE: &str = "no picture in the output; Cog before 0.17 has to be started with --upload-url";

/// One Cog server with its model.
#[derive(Debug)]
pub struct CogTryOn {
    api: Arc<Api>,
    models: Vec<Model>,
    version: Option<String>,
    inputs: InputMode,
    lost_after: Duration,
    watch: Watch,
    unknown: UnknownStatuses,
}

impl CogTryOn {
    /// An adapter for this server.
    ///
    /// # Errors
    /// [`ProviderSetupError`] when the address is none or the table has no such model for Cog.
    pub fn new(http: ProviderHttp, models: &TryOnModels, settings: &CogSettings) -> Result<Self, ProviderSetupError> {
        let models = models.of(ProviderKind::Cog, std::slice::from_ref(&settings.model))?;
        let endpoint = Endpoint::new("the Cog server's address", &settings.url, settings.token.as_ref())?;
        let api = Api { http, endpoint, provider: settings.name, run_limit: settings.run_limit };
        Ok(Self {
            api: Arc::new(api),
            models,
            version: settings.version.clone(),
            inputs: settings.inputs,
            lost_after: settings.lost_after,
            watch: Watch::default(),
            unknown: UnknownStatuses::default(),
        })
    }

    fn provider(&self) -> &'static str {
        self.api.provider
    }

    fn model_used(&self) -> String {
        let name = self.models.first().map_or(self.provider(), |model| &model.name);
        self.version.as_ref().map_or_else(|| name.to_owned(), |version| format!("{name}@{version}"))
    }

    /// Hands the request over; it is told of by webhook.
    async fn hand_over(&self, reference: &str, mapped: Mapped, webhook: &str) -> Result<Submission, ProviderFailure> {
        match self.api.predict(reference, &mapped.input, Some(webhook)).await {
            Ok(answer) if answer.status.is_success() => {
                Ok(Submission::Accepted { external_id: reference.to_owned(), made_with: mapped.made_with })
            }
            Ok(answer) => Err(self.api.refused(&answer)),
            Err(CallError::NotSent(error)) => Err(UNREACHABLE.said(self.provider(), &error)),
            Err(error) => {
                // It may be running: nobody will ask for it any more.
                let _cancelled = self.api.cancel(reference).await;
                Err(UNREACHABLE.said(self.provider(), &error.to_string()))
            }
        }
    }

    /// Waits for the answer, and gives up when it is not wanted any more.
    async fn wait(&self, reference: &str, mapped: Mapped, progress: &dyn ProgressSink) -> Result<Submission, ProviderFailure> {
        let mut cancel = CancelOnDrop { api: Some(self.api.clone()), id: reference.to_owned() };
        let mut call = std::pin::pin!(self.api.predict(reference, &mapped.input, None));
        let answer = loop {
            match tokio::time::timeout(LOOK_EVERY, call.as_mut()).await {
                Ok(answer) => break answer,
                Err(_elapsed) if progress.report(Progress { percent: 0, stage: "processing".to_owned() }) == Control::Stop => {
                    return Err(ProviderFailure::Stopped);
                }
                Err(_elapsed) => {}
            }
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(CallError::NotSent(error)) => {
                cancel.api = None;
                return Err(UNREACHABLE.said(self.provider(), &error));
            }
            Err(error) => return Err(LOST.said(self.provider(), &error.to_string())),
        };
        cancel.api = None;
        if !answer.status.is_success() {
            return Err(self.api.refused(&answer));
        }
        let prediction: Prediction = answer.json().ok_or_else(|| LOST.said(self.provider(), "an answer that is no prediction"))?;
        match self.settled(&Kept::of(&prediction), Some(&mapped.made_with)).await? {
            Some(result) => Ok(Submission::Done(result)),
            None => Err(LOST.said(self.provider(), "an answer before the end")),
        }
    }

    /// The picture, or why there is none; nothing before the end.
    async fn settled(&self, kept: &Kept, made_with: Option<&MadeWith>) -> Result<Option<ProviderResult>, ProviderFailure> {
        match kept.state() {
            State::Succeeded => {}
            State::Failed => {
                let text = kept.error.as_deref().unwrap_or_default();
                return Err(failures::told(text).said(self.provider(), text));
            }
            State::Cancelled => return Err(CANCELLED.failed()),
            State::TimedOut => return Err(TIMEOUT.failed()),
            State::Waiting | State::Working => return Ok(None),
            State::Unknown => {
                self.unknown.met(self.provider(), &kept.status);
                return Ok(None);
            }
        }
        let at = kept.output.as_deref().ok_or_else(|| RESULT_UNREADABLE.said(self.provider(), NO_PICTURE))?;
        let image = collect(&self.api.http, self.provider(), at, |request| self.api.endpoint.authorise_own(at, request)).await?;
        Ok(Some(ProviderResult {
            image,
            model_used: self.model_used(),
            worked_for: kept.worked_for(),
            warnings: Vec::new(),
            confidence: None,
            preview: self.models.first().is_some_and(|model| model.capability().preview),
            made_with: made_with.cloned().unwrap_or_default(),
        }))
    }
}

#[async_trait::async_trait]
impl TryOnProvider for CogTryOn {
    fn name(&self) -> &'static str {
        self.provider()
    }

    fn capabilities(&self) -> Vec<Capability> {
        self.models.iter().map(Model::capability).collect()
    }

    async fn submit(&self, inputs: TryOnInputs, progress: &dyn ProgressSink) -> Result<Submission, ProviderFailure> {
        let model = choose(&self.models, &inputs)?;
        let garments = inputs.garments.iter().map(|(_, garment)| address(garment, self.inputs)).collect();
        let mapped = model.map(&inputs, &address(&inputs.person, self.inputs), garments)?;
        match &inputs.callback_url {
            Some(webhook) => self.hand_over(&inputs.reference, mapped, webhook).await,
            None => self.wait(&inputs.reference, mapped, progress).await,
        }
    }

    async fn poll(&self, external_id: &str, heard: Option<&Heard>, made_with: Option<&MadeWith>) -> Result<Submission, ProviderFailure> {
        let kept: Option<Kept> = heard.and_then(|heard| serde_json::from_slice(heard.kept.as_ref()?).ok());
        if let Some(kept) = &kept {
            let settled = self.settled(kept, made_with).await;
            if kept.state().is_terminal() {
                self.watch.forget(external_id);
            }
            if let Some(result) = settled? {
                return Ok(Submission::Done(result));
            }
        }
        let health = self.api.health().await;
        if self.watch.is_lost(external_id, health.as_ref(), self.lost_after) {
            self.watch.forget(external_id);
            return Err(LOST.said(self.provider(), "the server does not work on it any more and told no end"));
        }
        let starting = || Progress { percent: 0, stage: "starting".to_owned() };
        Ok(Submission::Running(kept.as_ref().map_or_else(starting, Kept::progress)))
    }

    fn read_callback(&self, message: &CallbackMessage) -> Result<Heard, CallbackError> {
        kept::read(message)
    }

    async fn cancel(&self, external_id: &str) -> Result<(), ProviderFailure> {
        self.watch.forget(external_id);
        match self.api.cancel(external_id).await {
            // Unknown or at its end: nothing to stop.
            Ok(answer) if answer.status.is_success() || answer.status.as_u16() == 404 => Ok(()),
            Ok(answer) => Err(self.api.refused(&answer)),
            Err(error) => Err(failures::call(self.provider(), &error)),
        }
    }
}

/// Cancels a request whose answer nobody waits for any more. Newer servers do so when the connection is dropped, older ones work on.
struct CancelOnDrop {
    api: Option<Arc<Api>>,
    id: String,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let (Some(api), Ok(runtime)) = (self.api.take(), Handle::try_current()) {
            let id = std::mem::take(&mut self.id);
            runtime.spawn(async move { api.cancel(&id).await });
        }
    }
}
