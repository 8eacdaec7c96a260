//! The event.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::kernel::{AnalyticsId, HackathonId, IdGenerator, Timestamp, UserId};

/// The text names no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown type of an analytics event")]
pub struct UnknownAnalyticsKind;

/// `type`: what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnalyticsKind {
    /// Something without a kind of its own; `action` in the metadata says what.
    UserAction,
    /// A conversation was begun.
    ConversationCreated,
    /// A prompt was answered, or its answer failed.
    PromptAnswered,
    /// A final version was handed in.
    FinalVersionSubmitted,
    /// An examiner graded a conversation.
    EvaluationGiven,
}

impl AnalyticsKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::UserAction, Self::ConversationCreated, Self::PromptAnswered, Self::FinalVersionSubmitted, Self::EvaluationGiven];

    /// The name as stored; the first two are the source document's.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserAction => "user_action",
            Self::ConversationCreated => "conversation_created",
            Self::PromptAnswered => "prompt_answered",
            Self::FinalVersionSubmitted => "final_version_submitted",
            Self::EvaluationGiven => "evaluation_given",
        }
    }
}

impl fmt::Display for AnalyticsKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AnalyticsKind {
    type Err = UnknownAnalyticsKind;
    fn from_str(text: &str) -> Result<Self, UnknownAnalyticsKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownAnalyticsKind)
    }
}

/// A value of the metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Datum {
    /// Yes or no.
    Flag(bool),
    /// A count.
    Number(u64),
    /// An id or a code.
    Code(String),
}

impl From<bool> for Datum {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<u64> for Datum {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Datum {
    fn from(code: &str) -> Self {
        Self::Code(code.to_owned())
    }
}

/// Something a person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyticsEvent {
    /// Its id.
    pub id: AnalyticsId,
    /// `type`.
    pub kind: AnalyticsKind,
    /// `userId`: who did it.
    pub user_id: UserId,
    /// `hackathonId`: where, if in one.
    pub hackathon_id: Option<HackathonId>,
    /// `metadata`: nothing personal.
    pub metadata: BTreeMap<String, Datum>,
    /// `timestamp`.
    pub at: Timestamp,
}

impl AnalyticsEvent {
    /// How long events are kept.
    pub const KEPT_FOR: TimeDelta = TimeDelta::days(30);

    /// An event without metadata.
    pub(in crate::challenge) fn new(
        ids: &dyn IdGenerator,
        kind: AnalyticsKind,
        user_id: UserId,
        hackathon_id: Option<HackathonId>,
        at: Timestamp,
    ) -> Self {
        Self { id: ids.generate(), kind, user_id, hackathon_id, metadata: BTreeMap::new(), at }
    }

    /// The event with one more of the metadata.
    #[must_use]
    pub(in crate::challenge) fn with(mut self, name: &str, value: impl Into<Datum>) -> Self {
        self.metadata.insert(name.to_owned(), value.into());
        self
    }
}
