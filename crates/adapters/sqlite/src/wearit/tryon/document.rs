//! The parts of a try-on kept as JSON: our own stored format. A new field is optional, no field is renamed, unknown ones are ignored.

use atelier_domain::kernel::Timestamp;
use atelier_domain::wearit::tryon::{Attempt, AttemptOutcome, FailureCode, TryOnFailure, TryOnOptions};
use chrono::DateTime;
use serde::{Deserialize, Serialize};

/// The document cannot be read as the entity's part.
#[derive(Debug, thiserror::Error)]
#[error("unreadable document")]
pub(super) struct Unreadable;

#[derive(Serialize, Deserialize)]
pub(super) struct OptionsDocument {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
}

impl From<&TryOnOptions> for OptionsDocument {
    fn from(TryOnOptions { model, seed }: &TryOnOptions) -> Self {
        Self { model: model.clone(), seed: *seed }
    }
}

impl From<OptionsDocument> for TryOnOptions {
    fn from(OptionsDocument { model, seed }: OptionsDocument) -> Self {
        Self { model, seed }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
enum OutcomeDocument {
    Running,
    Succeeded,
    Failed { code: String, reason: String },
}

#[derive(Serialize, Deserialize)]
pub(super) struct AttemptDocument {
    provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    started_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<i64>,
    #[serde(flatten)]
    outcome: OutcomeDocument,
}

impl From<&Attempt> for AttemptDocument {
    fn from(attempt: &Attempt) -> Self {
        Self {
            provider: attempt.provider.clone(),
            external_id: attempt.external_id.clone(),
            started_at: attempt.started_at.timestamp_millis(),
            ended_at: attempt.ended_at.map(|at| at.timestamp_millis()),
            outcome: match &attempt.outcome {
                AttemptOutcome::Running => OutcomeDocument::Running,
                AttemptOutcome::Succeeded => OutcomeDocument::Succeeded,
                AttemptOutcome::Failed { code, reason } => {
                    OutcomeDocument::Failed { code: code.as_str().to_owned(), reason: reason.clone() }
                }
            },
        }
    }
}

fn instant(millis: i64) -> Result<Timestamp, Unreadable> {
    DateTime::from_timestamp_millis(millis).ok_or(Unreadable)
}

fn failure_code(text: &str) -> Result<FailureCode, Unreadable> {
    text.parse().map_err(|_unknown| Unreadable)
}

impl TryFrom<AttemptDocument> for Attempt {
    type Error = Unreadable;
    fn try_from(document: AttemptDocument) -> Result<Self, Unreadable> {
        Ok(Self {
            provider: document.provider,
            external_id: document.external_id,
            started_at: instant(document.started_at)?,
            ended_at: document.ended_at.map(instant).transpose()?,
            outcome: match document.outcome {
                OutcomeDocument::Running => AttemptOutcome::Running,
                OutcomeDocument::Succeeded => AttemptOutcome::Succeeded,
                OutcomeDocument::Failed { code, reason } => AttemptOutcome::Failed { code: failure_code(&code)?, reason },
            },
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct FailureDocument {
    code: String,
    reason: String,
    message: String,
    advice: String,
}

impl From<&TryOnFailure> for FailureDocument {
    fn from(failure: &TryOnFailure) -> Self {
        Self {
            code: failure.code.as_str().to_owned(),
            reason: failure.reason.clone(),
            message: failure.message.clone(),
            advice: failure.advice.clone(),
        }
    }
}

impl TryFrom<FailureDocument> for TryOnFailure {
    type Error = Unreadable;
    fn try_from(document: FailureDocument) -> Result<Self, Unreadable> {
        Ok(Self::new(failure_code(&document.code)?, document.reason, document.message, document.advice))
    }
}
