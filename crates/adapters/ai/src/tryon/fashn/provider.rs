//! The adapter.

use atelier_domain::wearit::tryon::{
    CallbackError, CallbackMessage, Capability, Heard, MadeWith, Progress, ProgressSink, ProviderFailure, ProviderResult, Submission,
    TryOnInputs, TryOnProvider,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::request::{Api, NAME, Told, credits, trouble};
use super::settings::FashnSettings;
use crate::tryon::InputMode;
use crate::tryon::endpoint::Endpoint;
use crate::tryon::failures::{self, CANCELLED, LOST, RESULT_UNREADABLE, TIMEOUT, UNREACHABLE};
use crate::tryon::http::{Answer, CallError, ProviderHttp};
use crate::tryon::models::{Model, ProviderKind, TryOnModels, choose};
use crate::tryon::pictures::{address, collect, location};
use crate::tryon::prediction::{State, UnknownStatuses};
use crate::tryon::setup::ProviderSetupError;
use crate::tryon::since::UnderWay;

/// The parameter that says which model made a picture; FASHN's answers do not.
const MODEL_NAME: &str = "model_name";

/// FASHN with the models of the table.
#[derive(Debug)]
pub struct FashnTryOn {
    api: Api,
    models: Vec<Model>,
    inputs: InputMode,
    /// FASHN does not say how long it worked.
    begun: UnderWay<Instant>,
    unknown: UnknownStatuses,
}

impl FashnTryOn {
    /// An adapter for this account.
    ///
    /// # Errors
    /// [`ProviderSetupError`] when the address is none or a model is not in the table.
    pub fn new(http: ProviderHttp, models: &TryOnModels, settings: &FashnSettings) -> Result<Self, ProviderSetupError> {
        let models = models.of(ProviderKind::Fashn, &settings.models)?;
        let endpoint = Endpoint::new("FASHN's address", &settings.url, Some(&settings.key))?;
        let (api, begun) = (Api { http, endpoint }, UnderWay::default());
        Ok(Self { api, models, inputs: settings.inputs, begun, unknown: UnknownStatuses::default() })
    }

    /// An id that was issued is charged; FASHN's own error is none; anything else may be either.
    fn accepted(&self, answer: &Answer, mut made_with: MadeWith) -> Result<Submission, ProviderFailure> {
        let told = answer.json::<Told>();
        if let Some(external_id) = told.as_ref().and_then(|told| told.id.clone()).filter(|_| answer.status.is_success()) {
            made_with.cost = credits(answer);
            self.begun.note(&external_id, Instant::now());
            return Ok(Submission::Accepted { external_id, made_with });
        }
        let own_error = told.is_some_and(|told| told.error().is_some());
        if !own_error && (answer.status.is_success() || answer.status.is_server_error()) {
            tracing::warn!(provider = NAME, status = answer.status.as_u16(), "a request was answered without an id and without an error");
            return Err(ProviderFailure::Unanswered);
        }
        Err(self.api.refused(answer))
    }

    async fn finished(
        &self,
        id: &str,
        answer: &Answer,
        told: &Told,
        made_with: Option<&MadeWith>,
    ) -> Result<ProviderResult, ProviderFailure> {
        let at = location(&told.output).ok_or_else(|| RESULT_UNREADABLE.said(NAME, "no picture in the output"))?;
        let image = collect(&self.api.http, NAME, at, |request| self.api.endpoint.authorise_own(at, request)).await?;
        let mut made_with = made_with.cloned().unwrap_or_default();
        made_with.cost = credits(answer).or(made_with.cost);
        let only = || match self.models.as_slice() {
            [only] => only.target.clone(),
            _ => None,
        };
        let named = made_with.parameters.get(MODEL_NAME).and_then(Value::as_str).map(str::to_owned);
        Ok(ProviderResult {
            image,
            model_used: named.or_else(only).unwrap_or_else(|| NAME.to_owned()),
            worked_for: self.begun.forget(id).map(|begun| begun.elapsed()).unwrap_or_default(),
            warnings: Vec::new(),
            confidence: None,
            preview: false,
            made_with,
        })
    }
}

#[async_trait::async_trait]
impl TryOnProvider for FashnTryOn {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Vec<Capability> {
        self.models.iter().map(Model::capability).collect()
    }

    async fn submit(&self, inputs: TryOnInputs, _progress: &dyn ProgressSink) -> Result<Submission, ProviderFailure> {
        let model = choose(&self.models, &inputs)?;
        let garments = inputs.garments.iter().map(|(_, garment)| address(garment, self.inputs)).collect();
        let mut mapped = model.map(&inputs, &address(&inputs.person, self.inputs), garments)?;
        let target = model.target.as_deref().unwrap_or_default();
        mapped.made_with.parameters.insert(MODEL_NAME.to_owned(), json!(target));
        match self.api.run(target, &mapped.input, inputs.callback_url.as_deref()).await {
            Ok(answer) => self.accepted(&answer, mapped.made_with),
            Err(CallError::NotSent(error)) => Err(UNREACHABLE.said(NAME, &error)),
            Err(error) => {
                tracing::warn!(provider = NAME, %error, "a request was not answered");
                Err(ProviderFailure::Unanswered)
            }
        }
    }

    async fn poll(&self, external_id: &str, _heard: Option<&Heard>, made_with: Option<&MadeWith>) -> Result<Submission, ProviderFailure> {
        let answer = self.api.status(external_id).await.map_err(|error| failures::call(NAME, &error))?;
        match answer.status.as_u16() {
            200 => {}
            404 => return Err(LOST.said(NAME, "the request is not tracked any more")),
            401..=403 => return Err(self.api.refused(&answer)),
            _ => return Err(UNREACHABLE.after(answer.retry_after())),
        }
        let told = answer.json::<Told>().ok_or_else(|| UNREACHABLE.failed())?;
        let status = told.status.as_deref().unwrap_or("none");
        match State::of(status) {
            State::Succeeded => Ok(Submission::Done(self.finished(external_id, &answer, &told, made_with).await?)),
            State::Failed => {
                let (name, message) = told.error().unwrap_or_default();
                Err(trouble(&name, &message).said(NAME, &format!("{name}: {message}")))
            }
            State::Cancelled => Err(CANCELLED.failed()),
            State::TimedOut => Err(TIMEOUT.failed()),
            State::Waiting => Ok(Submission::Running(Progress { percent: 0, stage: "starting".to_owned() })),
            State::Working => Ok(Submission::Running(Progress { percent: 30, stage: "processing".to_owned() })),
            State::Unknown => {
                self.unknown.met(NAME, status);
                Ok(Submission::Running(Progress { percent: 0, stage: "processing".to_owned() }))
            }
        }
    }

    /// FASHN signs nothing: whoever reads messages checks the secret in their address first.
    fn read_callback(&self, message: &CallbackMessage) -> Result<Heard, CallbackError> {
        let malformed = |why: &str| CallbackError::Malformed(why.to_owned());
        let told: Told = serde_json::from_slice(&message.body).map_err(|_not_shown| malformed("the body is no status"))?;
        let finished = told.status.as_deref().is_some_and(|status| State::of(status).is_terminal());
        let external_id = told.id.filter(|id| !id.is_empty()).ok_or_else(|| malformed("the status has no id"))?;
        Ok(Heard { external_id, message_id: hex::encode(Sha256::digest(&message.body)), finished, kept: None })
    }

    fn is_charged(&self) -> bool {
        true
    }

    /// There is no way to: the attempt is given up, its picture thrown away.
    async fn cancel(&self, external_id: &str) -> Result<(), ProviderFailure> {
        self.begun.forget(external_id);
        Ok(())
    }
}
