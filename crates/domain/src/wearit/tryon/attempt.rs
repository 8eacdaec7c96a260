//! One attempt with one provider: how it went, what its picture was made with, what was heard of it.

use crate::kernel::Timestamp;

use super::FailureCode;

/// How one attempt with one provider ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// It is going on, or its process died.
    Running,
    /// It gave the picture.
    Succeeded,
    /// It failed with this code and reason.
    Failed {
        /// The canonical code.
        code: FailureCode,
        /// The finer word.
        reason: String,
    },
}

/// What a picture cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Millionths of the unit.
    pub millionths: u64,
    /// The provider's unit, e.g. `credits`, `seconds`, `USD`.
    pub unit: String,
}

/// What a picture was made with, beside the model and its version: enough to ask for the same again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MadeWith {
    /// The seed that was used, whoever chose it.
    pub seed: Option<u64>,
    /// The parameters as the provider got them, pictures left out.
    pub parameters: serde_json::Map<String, serde_json::Value>,
    /// What it cost, where the provider says so.
    pub cost: Option<Cost>,
}

/// One attempt with one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The provider.
    pub provider: String,
    /// The provider's own id of the request, stored before waiting for it.
    pub external_id: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// What its picture was made with.
    pub made_with: Option<MadeWith>,
    /// The newest message that came to its callback address, what was kept of it aside.
    pub heard: Option<HeardMark>,
}

impl Attempt {
    /// The reason of an attempt that ended because its run was cut off, which is not the provider's failure.
    pub const INTERRUPTED: &str = "interrupted";

    /// Who gave no picture, and why, if so.
    pub fn failure(&self) -> Option<(&str, FailureCode)> {
        match &self.outcome {
            AttemptOutcome::Failed { code, reason } if reason != Self::INTERRUPTED => Some((&self.provider, *code)),
            _ => None,
        }
    }
}

/// What a try-on remembers of the messages about its attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardMark {
    /// The provider's id of the newest message.
    pub message_id: String,
    /// When it came.
    pub at: Timestamp,
    /// Whether one said that the request came to its end. Stays true: messages come in any order.
    pub finished: bool,
    /// What was kept of a message in the midst of the work; of the last one it is at [`crate::kernel::ObjectKey::tryon_heard`].
    pub kept: Option<String>,
}
