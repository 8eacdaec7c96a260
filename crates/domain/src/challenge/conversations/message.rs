//! A message of a conversation.

use std::fmt;
use std::str::FromStr;

use crate::challenge::chat::MicroCredits;
use crate::kernel::{MessageId, Timestamp};

/// The text names no role of a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown role of a message: one of student, assistant, system")]
pub struct UnknownMessageRole;

/// The text names no state of a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown state of a message: one of streaming, complete, stopped, failed, interrupted")]
pub struct UnknownMessageState;

/// Who speaks (checklist P77).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageRole {
    /// The student: a prompt.
    Student,
    /// The model: an answer.
    Assistant,
    /// The service: why there is no answer; never sent to a model.
    System,
}

impl MessageRole {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Student, Self::Assistant, Self::System];

    /// The name, as stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Assistant => "assistant",
            Self::System => "system",
        }
    }
}

impl fmt::Display for MessageRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MessageRole {
    type Err = UnknownMessageRole;
    fn from_str(text: &str) -> Result<Self, UnknownMessageRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownMessageRole)
    }
}

/// Where a message is in its life; those of students and of the service are complete at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageState {
    /// The answer is on its way; the text is what has arrived.
    Streaming,
    /// Whole.
    Complete,
    /// The student stopped it; the text is what had arrived.
    Stopped,
    /// The provider failed; the text is what had arrived.
    Failed,
    /// The process that received it is gone; the text is what was saved.
    Interrupted,
}

impl MessageState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Streaming, Self::Complete, Self::Stopped, Self::Failed, Self::Interrupted];

    /// The name, as stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Streaming => "streaming",
            Self::Complete => "complete",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for MessageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MessageState {
    type Err = UnknownMessageState;
    fn from_str(text: &str) -> Result<Self, UnknownMessageState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownMessageState)
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Who speaks.
    pub role: MessageRole,
    /// What is said.
    pub content: String,
    /// Where it is in its life.
    pub state: MessageState,
    /// When it was written; never before the message ahead of it.
    pub created_at: Timestamp,
    /// `tokenCount`: of a prompt what the whole exchange took as input, of an answer what it took as output.
    pub token_count: Option<u64>,
    /// Whether the count is our estimate.
    pub estimated: bool,
    /// `modelUsed`: the provider's own name of the model that answered.
    pub model_used: Option<String>,
    /// What the exchange cost, on an answer: at the price of that day, for ever.
    pub cost: Option<MicroCredits>,
    /// Why the answer ended, in the provider's words, or the code of the failure.
    pub finish_reason: Option<String>,
}
