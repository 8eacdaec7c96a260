//! Use cases of the jury: `grade` gives, changes and takes back notes, `read` shows them to those who may see them, `queue` shares the work.

mod grade;
mod queue;
mod read;

use std::sync::Arc;

use crate::challenge::conversations::ConversationService;
use crate::challenge::{ChallengeError, ChallengeStore};
use crate::identity::{Actor, Role};
use crate::kernel::{AuditEntry, Clock, EvaluationId, IdGenerator, SecretGenerator, Timestamp};

pub use grade::{ChangeEvaluation, NewEvaluation};
pub use queue::{QueueState, Queued};
pub use read::EvaluationSeen;

/// What the jury's use cases need.
#[derive(Clone)]
pub struct EvaluationPorts {
    /// The store.
    pub store: Arc<dyn ChallengeStore>,
    /// New ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Keyed digests, for aliases and orders.
    pub secrets: Arc<dyn SecretGenerator>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How many examiners are to grade each conversation.
    pub examiners_per_conversation: u32,
}

/// The jury's use cases.
#[derive(Clone)]
pub struct EvaluationService {
    ports: EvaluationPorts,
    conversations: ConversationService,
}

impl EvaluationService {
    /// How many examiners grade a conversation unless the operator says otherwise.
    pub const DEFAULT_EXAMINERS: u32 = 2;

    /// The service over its ports.
    pub fn new(ports: EvaluationPorts, conversations: ConversationService) -> Self {
        Self { ports, conversations }
    }

    fn entry(&self, actor: Actor, action: &'static str, id: EvaluationId, details: String, at: Timestamp) -> AuditEntry {
        let subject = format!("evaluation:{id}");
        AuditEntry { id: self.ports.ids.generate(), at, actor: Some(actor.user_id), action: action.into(), subject, details }
    }
}

fn require_jury(actor: Actor) -> Result<(), ChallengeError> {
    if matches!(actor.role, Role::Examiner | Role::Admin) { Ok(()) } else { Err(ChallengeError::Forbidden("examiner")) }
}
