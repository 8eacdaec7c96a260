//! The prediction of Cog and Replicate: one payload for answers, looks and messages (Cog's docs/http.md; replicate.com/docs/topics/predictions,
//! 2026-11-21). Everything is optional: versions differ in what they send.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use atelier_domain::wearit::tryon::{MadeWith, Progress};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::progress::percent;

/// A prediction.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Prediction {
    pub(super) id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) output: Value,
    pub(super) error: Value,
    pub(super) logs: Option<String>,
    pub(super) metrics: Option<Map<String, Value>>,
    pub(super) input: Option<Map<String, Value>>,
    pub(super) model: Option<String>,
    pub(super) version: Option<String>,
    pub(super) data_removed: Option<bool>,
    pub(super) deadline: Option<String>,
    pub(super) completed_at: Option<String>,
}

/// What a status means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    Working,
    Succeeded,
    Failed,
    Cancelled,
    TimedOut,
    /// A status nobody knows: as good as working.
    Unknown,
}

impl State {
    /// What a status of Cog, Replicate or FASHN means.
    pub(super) fn of(status: &str) -> Self {
        match status {
            "starting" | "in_queue" | "queued" => Self::Waiting,
            "processing" => Self::Working,
            "succeeded" | "completed" => Self::Succeeded,
            "failed" => Self::Failed,
            "canceled" | "cancelled" => Self::Cancelled,
            // Replicate's, when the deadline passed before the start, which its own clients forget; FASHN's.
            "aborted" | "time_out" => Self::TimedOut,
            _ => Self::Unknown,
        }
    }

    pub(super) fn is_terminal(self) -> bool {
        !matches!(self, Self::Waiting | Self::Working | Self::Unknown)
    }
}

impl Prediction {
    pub(super) fn state(&self) -> State {
        self.status.as_deref().map_or(State::Unknown, State::of)
    }

    /// How far it is.
    pub(super) fn progress(&self) -> Progress {
        let percent = self.logs.as_deref().and_then(percent).unwrap_or(0);
        Progress { percent, stage: if self.state() == State::Waiting { "starting" } else { "processing" }.to_owned() }
    }

    /// What it says went wrong.
    pub(super) fn error_text(&self) -> String {
        match &self.error {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }

    /// How long the model worked.
    pub(super) fn predict_time(&self) -> Option<Duration> {
        let seconds = self.metrics.as_ref()?.get("predict_time")?.as_f64()?;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// What it was made with, out of the inputs it repeats, pictures left out.
    pub(super) fn echoed(&self) -> MadeWith {
        let input = self.input.iter().flatten().filter(|(_, value)| !holds_picture(value));
        let parameters: Map<_, _> = input.map(|(name, value)| (name.clone(), value.clone())).collect();
        MadeWith { seed: parameters.get("seed").and_then(Value::as_u64), parameters, cost: None }
    }
}

fn holds_picture(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("://") || text.starts_with("data:"),
        Value::Array(list) => list.iter().any(holds_picture),
        Value::Object(fields) => fields.values().any(holds_picture),
        _ => false,
    }
}

/// Statuses nobody knows, told to the log once each.
#[derive(Debug, Default)]
pub(super) struct UnknownStatuses(Mutex<BTreeSet<String>>);

impl UnknownStatuses {
    pub(super) fn met(&self, provider: &'static str, status: &str) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let status: String = status.chars().take(40).collect();
        if seen.len() < 32 && seen.insert(status.clone()) {
            tracing::warn!(provider, status, "a provider has a status that is not known: taken as working");
        }
    }
}
