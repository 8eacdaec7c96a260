//! The adapter.

use atelier_domain::wearit::tryon::{
    CallbackError, CallbackMessage, Capability, Cost, Heard, Lookup, MadeWith, ProgressSink, ProviderFailure, ProviderResult, Submission,
    TryOnInputs, TryOnProvider,
};
use chrono::DateTime;

use super::find::find;
use super::pictures::addresses;
use super::request::Api;
use super::settings::ReplicateSettings;
use super::signature::Signer;
use crate::tryon::InputMode;
use crate::tryon::endpoint::Endpoint;
use crate::tryon::failures::{self, CANCELLED, LOST, RESULT_EXPIRED, RESULT_UNREADABLE, TIMEOUT, UNREACHABLE};
use crate::tryon::http::{CallError, ProviderHttp};
use crate::tryon::models::{Model, ProviderKind, TryOnModels, choose};
use crate::tryon::pictures::{collect, location};
use crate::tryon::prediction::{Prediction, State, UnknownStatuses};
use crate::tryon::setup::ProviderSetupError;

/// The provider's name.
pub(super) const NAME: &str = "replicate";

/// Replicate with the models of the table.
#[derive(Debug)]
pub struct ReplicateTryOn {
    api: Api,
    models: Vec<Model>,
    inputs: InputMode,
    signer: Option<Signer>,
    unknown: UnknownStatuses,
}

impl ReplicateTryOn {
    /// An adapter for this account.
    ///
    /// # Errors
    /// [`ProviderSetupError`] when the address is none, a model is not in the table, or the webhook secret has another form.
    pub fn new(http: ProviderHttp, models: &TryOnModels, settings: &ReplicateSettings) -> Result<Self, ProviderSetupError> {
        let models = models.of(ProviderKind::Replicate, &settings.models)?;
        let endpoint = Endpoint::new("Replicate's address", &settings.url, Some(&settings.token))?;
        let signer = settings.webhook_secret.as_ref().map(|secret| Signer::new(secret).ok_or(ProviderSetupError::WebhookSecret));
        Ok(Self {
            api: Api { http, endpoint, cancel_after: settings.cancel_after },
            models,
            inputs: settings.inputs,
            signer: signer.transpose()?,
            unknown: UnknownStatuses::default(),
        })
    }

    async fn finished(&self, prediction: &Prediction, made_with: Option<&MadeWith>) -> Result<ProviderResult, ProviderFailure> {
        if prediction.data_removed == Some(true) {
            return Err(RESULT_EXPIRED.said(NAME, "data_removed"));
        }
        let at = location(&prediction.output).ok_or_else(|| RESULT_UNREADABLE.said(NAME, "no picture in the output"))?;
        let image = collect(&self.api.http, NAME, at, |request| self.api.endpoint.authorise_own(at, request)).await?;
        let worked_for = prediction.predict_time();
        #[expect(clippy::cast_possible_truncation, reason = "584 thousand years of work would be needed")]
        let cost = worked_for.map(|time| Cost { millionths: time.as_micros() as u64, unit: "seconds".to_owned() });
        let made_with = made_with.cloned().unwrap_or_else(|| prediction.echoed());
        Ok(ProviderResult {
            image,
            model_used: model_used(prediction),
            worked_for: worked_for.unwrap_or_default(),
            warnings: Vec::new(),
            confidence: None,
            preview: false,
            made_with: MadeWith { cost, ..made_with },
        })
    }
}

fn model_used(prediction: &Prediction) -> String {
    let model = prediction.model.as_deref().unwrap_or(NAME);
    prediction.version.as_ref().map_or_else(|| model.to_owned(), |version| format!("{model}@{version}"))
}

/// Whether a cancelled prediction was stopped by its own deadline (`Cancel-After`).
fn was_too_late(prediction: &Prediction) -> bool {
    let time = |text: &Option<String>| text.as_deref().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    matches!((time(&prediction.deadline), time(&prediction.completed_at)), (Some(deadline), Some(ended)) if ended >= deadline)
}

#[async_trait::async_trait]
impl TryOnProvider for ReplicateTryOn {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Vec<Capability> {
        self.models.iter().map(Model::capability).collect()
    }

    async fn submit(&self, inputs: TryOnInputs, _progress: &dyn ProgressSink) -> Result<Submission, ProviderFailure> {
        let model = choose(&self.models, &inputs)?;
        // Whatever is wrong with the request shows before anything is uploaded.
        model.map(&inputs, "", Vec::new())?;
        let (person, garments) = addresses(&self.api, &inputs, self.inputs).await?;
        let mapped = model.map(&inputs, &person, garments)?;
        let webhook = inputs.callback_url.as_deref().filter(|_| self.signer.is_some());
        let target = model.target.as_deref().unwrap_or_default();
        match self.api.create(target, &mapped.input, webhook).await {
            Ok(answer) if answer.status.is_success() => match answer.json::<Prediction>().and_then(|prediction| prediction.id) {
                Some(external_id) => Ok(Submission::Accepted { external_id, made_with: mapped.made_with }),
                None => Err(ProviderFailure::Unanswered),
            },
            // Something may have been created before it stumbled.
            Ok(answer) if answer.status.is_server_error() => {
                tracing::warn!(provider = NAME, status = answer.status.as_u16(), "a request was answered with a server error");
                Err(ProviderFailure::Unanswered)
            }
            Ok(answer) => Err(self.api.refused(&answer)),
            Err(CallError::NotSent(error)) => Err(UNREACHABLE.said(NAME, &error)),
            Err(error) => {
                tracing::warn!(provider = NAME, %error, "a request was not answered");
                Err(ProviderFailure::Unanswered)
            }
        }
    }

    async fn poll(&self, external_id: &str, _heard: Option<&Heard>, made_with: Option<&MadeWith>) -> Result<Submission, ProviderFailure> {
        let answer = self.api.get(external_id).await.map_err(|error| failures::call(NAME, &error))?;
        if answer.status.as_u16() == 404 {
            return Err(LOST.said(NAME, "the prediction is not there"));
        }
        let Some(prediction) = answer.json::<Prediction>().filter(|_| answer.status.is_success()) else {
            return Err(self.api.look_refused(&answer));
        };
        match prediction.state() {
            State::Succeeded => Ok(Submission::Done(self.finished(&prediction, made_with).await?)),
            State::Failed => {
                let text = prediction.error_text();
                Err(failures::told(&text).said(NAME, &text))
            }
            State::Cancelled if was_too_late(&prediction) => Err(TIMEOUT.failed()),
            State::Cancelled => Err(CANCELLED.failed()),
            State::TimedOut => Err(TIMEOUT.failed()),
            state => {
                if state == State::Unknown {
                    self.unknown.met(NAME, prediction.status.as_deref().unwrap_or("none"));
                }
                Ok(Submission::Running(prediction.progress()))
            }
        }
    }

    fn read_callback(&self, message: &CallbackMessage) -> Result<Heard, CallbackError> {
        let signer = self.signer.as_ref().ok_or(CallbackError::Unexpected)?;
        let message_id = signer.check(message)?.to_owned();
        let malformed = |why: &str| CallbackError::Malformed(why.to_owned());
        let prediction: Prediction = serde_json::from_slice(&message.body).map_err(|_not_shown| malformed("the body is no prediction"))?;
        let finished = prediction.state().is_terminal();
        let external_id = prediction.id.ok_or_else(|| malformed("the prediction has no id"))?;
        Ok(Heard { external_id, message_id, finished, kept: None })
    }

    fn is_charged(&self) -> bool {
        true
    }

    async fn find_submission(&self, reference: &str) -> Result<Lookup, ProviderFailure> {
        find(&self.api, reference).await
    }

    async fn cancel(&self, external_id: &str) -> Result<(), ProviderFailure> {
        match self.api.cancel(external_id).await {
            // Gone, or at its end: nothing to stop.
            Ok(answer) if answer.status.is_success() || matches!(answer.status.as_u16(), 404 | 409 | 422) => Ok(()),
            Ok(answer) => Err(self.api.refused(&answer)),
            Err(error) => Err(failures::call(NAME, &error)),
        }
    }
}
