//! A try-on provider that follows a script.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use atelier_domain::wearit::tryon::{
    CallbackError, CallbackMessage, Capability, Control, FailureCode, Heard, Lookup, MadeWith, Progress, ProgressSink, ProviderFailure,
    ProviderResult, Submission, TryOnFailure, TryOnInputs, TryOnProvider,
};
use atelier_domain::wearit::wardrobe::Category;
use tokio::sync::Notify;

/// One step of a scripted run.
#[derive(Debug, Clone)]
pub enum ScriptStep {
    /// Reports progress; a sink that says stop ends the run with [`ProviderFailure::Stopped`].
    Report(u8, &'static str),
    /// Tells the first that the run is here, then waits for the second.
    Hold(Arc<Notify>, Arc<Notify>),
}

/// What a call to [`TryOnProvider::submit`] does.
#[derive(Debug)]
pub struct Script {
    /// The steps before the answer.
    pub steps: Vec<ScriptStep>,
    /// The answer.
    pub answer: Result<Submission, ProviderFailure>,
}

impl Script {
    /// Two steps of progress, then the person's own picture as the result.
    pub fn succeeding(inputs_image: bytes::Bytes) -> Self {
        let result = ProviderResult {
            image: inputs_image,
            model_used: "scripted-1".to_owned(),
            worked_for: Duration::from_millis(250),
            warnings: Vec::new(),
            confidence: Some(0.75),
            preview: false,
            made_with: MadeWith::default(),
        };
        Self { steps: vec![ScriptStep::Report(30, "pose"), ScriptStep::Report(70, "warp")], answer: Ok(Submission::Done(result)) }
    }

    /// A failure without progress.
    pub fn failing(code: FailureCode, reason: &str) -> Self {
        let failure = TryOnFailure::new(code, reason, format!("scripted failure {reason}"), "change the script");
        Self { steps: Vec::new(), answer: Err(ProviderFailure::Failed { failure, retry_after: None }) }
    }

    /// Accepts the request under an id of the provider's own.
    pub fn accepting(external_id: &str) -> Self {
        Self { steps: Vec::new(), answer: Ok(Submission::Accepted { external_id: external_id.to_owned(), made_with: MadeWith::default() }) }
    }
}

/// A request as the provider got it.
#[derive(Debug, Clone)]
pub struct SubmittedTryOn {
    /// What it got.
    pub inputs: TryOnInputs,
    /// What the sink answered to each report.
    pub controls: Vec<Control>,
}

/// Answers as told, records what it was asked. Without a script it succeeds with the person's own picture.
pub struct ScriptedTryOnProvider {
    name: &'static str,
    capabilities: Vec<Capability>,
    script: Mutex<Recorded>,
}

#[derive(Default)]
struct Recorded {
    submits: VecDeque<Script>,
    polls: VecDeque<Result<Submission, ProviderFailure>>,
    charged: bool,
    finds: VecDeque<Lookup>,
    looked_for: Vec<String>,
    submitted: Vec<SubmittedTryOn>,
    polled: Vec<String>,
    heard: Vec<Option<Heard>>,
    unavailable: bool,
    cancelled: Vec<String>,
}

impl ScriptedTryOnProvider {
    /// A provider `scripted` with one model that serves tops, bottoms, dresses and outerwear, two garments at once, with a seed.
    pub fn new() -> Self {
        let capability = Capability {
            model: "scripted-1".to_owned(),
            categories: vec![Category::Tops, Category::Bottoms, Category::Dresses, Category::Outerwear],
            max_garments: 2,
            seed: true,
            preview: false,
        };
        Self::with_capabilities("scripted", vec![capability])
    }

    /// A provider with another name and other models.
    pub fn with_capabilities(name: &'static str, capabilities: Vec<Capability>) -> Self {
        Self { name, capabilities, script: Mutex::default() }
    }

    /// Adds what a further call to submit does.
    pub fn on_submit(&self, script: Script) {
        self.script().submits.push_back(script);
    }

    /// Adds what a further call to poll answers.
    pub fn on_poll(&self, answer: Result<Submission, ProviderFailure>) {
        self.script().polls.push_back(answer);
    }

    /// Charges from now on.
    pub fn charge(&self) {
        self.script().charged = true;
    }

    /// Adds what a further look for a submission answers; without, it cannot tell.
    pub fn on_find(&self, answer: Lookup) {
        self.script().finds.push_back(answer);
    }

    /// The references that were looked for so far.
    pub fn looked_for(&self) -> Vec<String> {
        self.script().looked_for.clone()
    }

    /// What was submitted so far.
    pub fn submitted(&self) -> Vec<SubmittedTryOn> {
        self.script().submitted.clone()
    }

    /// The ids that were polled so far.
    pub fn polled(&self) -> Vec<String> {
        self.script().polled.clone()
    }

    /// What was heard at each poll so far.
    pub fn heard(&self) -> Vec<Option<Heard>> {
        self.script().heard.clone()
    }

    /// Is not available from now on.
    pub fn go_away(&self) {
        self.script().unavailable = true;
    }

    /// The ids that were cancelled so far.
    pub fn cancelled(&self) -> Vec<String> {
        self.script().cancelled.clone()
    }

    fn script(&self) -> MutexGuard<'_, Recorded> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ScriptedTryOnProvider {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait::async_trait]
impl TryOnProvider for ScriptedTryOnProvider {
    fn name(&self) -> &'static str {
        self.name
    }

    fn capabilities(&self) -> Vec<Capability> {
        self.capabilities.clone()
    }

    async fn submit(&self, inputs: TryOnInputs, progress: &dyn ProgressSink) -> Result<Submission, ProviderFailure> {
        let (number, script) = {
            let mut recorded = self.script();
            let script = recorded.submits.pop_front().unwrap_or_else(|| Script::succeeding(inputs.person.jpeg.clone()));
            recorded.submitted.push(SubmittedTryOn { inputs, controls: Vec::new() });
            (recorded.submitted.len() - 1, script)
        };
        for step in script.steps {
            match step {
                ScriptStep::Report(percent, stage) => {
                    let control = progress.report(Progress { percent, stage: stage.to_owned() });
                    self.script().submitted[number].controls.push(control);
                    if control == Control::Stop {
                        return Err(ProviderFailure::Stopped);
                    }
                }
                ScriptStep::Hold(here, go_on) => {
                    here.notify_one();
                    go_on.notified().await;
                }
            }
            tokio::task::yield_now().await;
        }
        script.answer
    }

    async fn poll(&self, external_id: &str, heard: Option<&Heard>, _made_with: Option<&MadeWith>) -> Result<Submission, ProviderFailure> {
        let mut recorded = self.script();
        recorded.polled.push(external_id.to_owned());
        recorded.heard.push(heard.cloned());
        recorded.polls.pop_front().unwrap_or_else(|| Ok(Submission::Running(Progress { percent: 50, stage: "waiting".to_owned() })))
    }

    /// A message is `{"external_id", "message_id", "finished"}`, signed by the header `x-signed: yes`; all of it is kept.
    fn read_callback(&self, message: &CallbackMessage) -> Result<Heard, CallbackError> {
        if message.headers.get("x-signed").is_none_or(|signed| signed != "yes") {
            return Err(CallbackError::Signature);
        }
        let said: serde_json::Value = serde_json::from_slice(&message.body).map_err(|error| CallbackError::Malformed(error.to_string()))?;
        let text = |field: &str| said[field].as_str().map(str::to_owned).ok_or_else(|| CallbackError::Malformed(field.to_owned()));
        let finished = said["finished"].as_bool().unwrap_or_default();
        Ok(Heard { external_id: text("external_id")?, message_id: text("message_id")?, finished, kept: Some(message.body.clone()) })
    }

    fn is_available(&self) -> bool {
        !self.script().unavailable
    }

    fn is_charged(&self) -> bool {
        self.script().charged
    }

    async fn find_submission(&self, reference: &str) -> Result<Lookup, ProviderFailure> {
        let mut recorded = self.script();
        recorded.looked_for.push(reference.to_owned());
        Ok(recorded.finds.pop_front().unwrap_or(Lookup::Unknown))
    }

    async fn cancel(&self, external_id: &str) -> Result<(), ProviderFailure> {
        self.script().cancelled.push(external_id.to_owned());
        Ok(())
    }
}
