//! Which examiner has which conversation.

use crate::kernel::{ConversationId, HackathonId, Timestamp, UserId};

/// What an examiner has to do with a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignmentState {
    /// Works on it until then; afterwards somebody else may.
    Claimed {
        /// The end of the claim.
        until: Timestamp,
    },
    /// Must not, or does not want to, grade it.
    Recused,
}

/// One examiner and one conversation; at most one of each pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// The conversation, by its own id.
    pub conversation_id: ConversationId,
    /// The examiner.
    pub examiner_id: UserId,
    /// The conversation's hackathon.
    pub hackathon_id: HackathonId,
    /// What it is.
    pub state: AssignmentState,
    /// Since when.
    pub at: Timestamp,
}

impl Assignment {
    /// How long a claim lasts.
    pub const CLAIMED_FOR: chrono::TimeDelta = chrono::TimeDelta::minutes(30);

    /// Whether it keeps a place of the conversation taken at `now`.
    pub fn holds(&self, now: Timestamp) -> bool {
        matches!(self.state, AssignmentState::Claimed { until } if now < until)
    }

    /// Whether the examiner is out.
    pub fn is_recused(&self) -> bool {
        self.state == AssignmentState::Recused
    }
}
