//! The parts of a try-on kept as JSON: our own stored format. A new field is optional, no field is renamed, unknown ones are ignored.

use atelier_domain::kernel::Timestamp;
use atelier_domain::wearit::tryon::{Attempt, AttemptOutcome, Cost, FailureCode, HeardMark, MadeWith, TryOnFailure, TryOnOptions};
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_with: Option<MadeWithDocument>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    heard: Option<HeardDocument>,
}

#[derive(Serialize, Deserialize)]
struct MadeWithDocument {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(default)]
    parameters: serde_json::Map<String, serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cost: Option<CostDocument>,
}

#[derive(Serialize, Deserialize)]
struct CostDocument {
    millionths: u64,
    unit: String,
}

#[derive(Serialize, Deserialize)]
struct HeardDocument {
    message_id: String,
    at: i64,
    finished: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept: Option<String>,
}

impl From<&MadeWith> for MadeWithDocument {
    fn from(MadeWith { seed, parameters, cost }: &MadeWith) -> Self {
        let cost = cost.as_ref().map(|cost| CostDocument { millionths: cost.millionths, unit: cost.unit.clone() });
        Self { seed: *seed, parameters: parameters.clone(), cost }
    }
}

impl From<MadeWithDocument> for MadeWith {
    fn from(MadeWithDocument { seed, parameters, cost }: MadeWithDocument) -> Self {
        Self { seed, parameters, cost: cost.map(|CostDocument { millionths, unit }| Cost { millionths, unit }) }
    }
}

impl From<&HeardMark> for HeardDocument {
    fn from(mark: &HeardMark) -> Self {
        Self { message_id: mark.message_id.clone(), at: mark.at.timestamp_millis(), finished: mark.finished, kept: mark.kept.clone() }
    }
}

impl TryFrom<HeardDocument> for HeardMark {
    type Error = Unreadable;
    fn try_from(HeardDocument { message_id, at, finished, kept }: HeardDocument) -> Result<Self, Unreadable> {
        Ok(Self { message_id, at: instant(at)?, finished, kept })
    }
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
            made_with: attempt.made_with.as_ref().map(MadeWithDocument::from),
            heard: attempt.heard.as_ref().map(HeardDocument::from),
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
            made_with: document.made_with.map(MadeWith::from),
            heard: document.heard.map(HeardMark::try_from).transpose()?,
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
