//! What is kept of a message: enough to settle the request, without the inputs that Cog repeats in each.

use std::time::Duration;

use atelier_domain::wearit::tryon::{CallbackError, CallbackMessage, Heard, Progress};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::tryon::pictures::location;
use crate::tryon::prediction::{Prediction, State};

/// A prediction, cut down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) status: String,
    /// Where the picture is, or the picture itself as a data URL; only of a prediction that succeeded.
    pub(super) output: Option<String>,
    pub(super) error: Option<String>,
    pub(super) percent: u8,
    pub(super) stage: String,
    pub(super) predict_time: Option<f64>,
}

impl Kept {
    pub(super) fn of(prediction: &Prediction) -> Self {
        let progress = prediction.progress();
        let state = prediction.state();
        Self {
            status: prediction.status.clone().unwrap_or_default(),
            output: location(&prediction.output).filter(|_| state == State::Succeeded).map(str::to_owned),
            error: Some(prediction.error_text()).filter(|text| !text.is_empty()),
            percent: progress.percent,
            stage: progress.stage,
            predict_time: prediction.predict_time().map(|time| time.as_secs_f64()),
        }
    }

    pub(super) fn state(&self) -> State {
        State::of(&self.status)
    }

    pub(super) fn progress(&self) -> Progress {
        Progress { percent: self.percent, stage: self.stage.clone() }
    }

    pub(super) fn worked_for(&self) -> Duration {
        self.predict_time.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or_default()
    }
}

/// Reads a message. Cog signs nothing and numbers nothing: the same message is the same bytes.
pub(super) fn read(message: &CallbackMessage) -> Result<Heard, CallbackError> {
    let malformed = |why: &str| CallbackError::Malformed(why.to_owned());
    let prediction: Prediction = serde_json::from_slice(&message.body).map_err(|_not_shown| malformed("the body is no prediction"))?;
    let external_id = prediction.id.clone().filter(|id| !id.is_empty()).ok_or_else(|| malformed("the prediction has no id"))?;
    let kept = Kept::of(&prediction);
    let finished = kept.state().is_terminal();
    let kept = serde_json::to_vec(&kept).map_err(|error| malformed(&error.to_string()))?;
    Ok(Heard { external_id, message_id: hex::encode(Sha256::digest(&message.body)), finished, kept: Some(Bytes::from(kept)) })
}
