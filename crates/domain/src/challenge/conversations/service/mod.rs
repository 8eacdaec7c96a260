//! Use cases of conversations: `create` begins one, `read` shows it to those who may see it, `ask` reserves and sends a prompt, `exchange`
//! receives the answer, `settle` closes the books, `hand_in` takes the final version.

mod ask;
mod create;
mod exchange;
mod hand_in;
mod read;
mod settle;

use std::sync::Arc;

use crate::challenge::chat::{ChatModels, ModelSpec};
use crate::challenge::enrolments::EnrolmentKey;
use crate::challenge::hackathons::Hackathon;
use crate::challenge::participants::Participant;
use crate::challenge::{ChallengeError, ChallengeStore};
use crate::identity::{Actor, Role};
use crate::kernel::{AuditEntry, Clock, ConversationId, IdGenerator, SecretGenerator, Timer, Timestamp, UserId};

use super::{AddressBook, Conversation};

pub use ask::Asked;
pub use create::{NewConversation, alias_of, pseudonym_of};
pub use exchange::{AnswerEvent, Exchange};
pub use hand_in::HandIn;
pub use read::Seen;
pub use settle::{SettleSilent, SilentAnswers};

/// What the use cases need.
#[derive(Clone)]
pub struct ConversationPorts {
    /// The store.
    pub store: Arc<dyn ChallengeStore>,
    /// The models that can be asked.
    pub models: ChatModels,
    /// Addresses of accounts, for the leak scan.
    pub addresses: Arc<dyn AddressBook>,
    /// New ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Keyed digests, for aliases and pseudonyms.
    pub secrets: Arc<dyn SecretGenerator>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Waits.
    pub timer: Arc<dyn Timer>,
}

/// Conversations' use cases.
#[derive(Clone)]
pub struct ConversationService {
    ports: ConversationPorts,
}

impl ConversationService {
    /// The service over its ports.
    pub fn new(ports: ConversationPorts) -> Self {
        Self { ports }
    }

    /// The models people may choose.
    pub fn models(&self) -> Vec<&ModelSpec> {
        self.ports.models.enabled().collect()
    }

    /// The caller as somebody who takes part: with a profile, and consenting.
    async fn participating(&self, actor: Actor) -> Result<Participant, ChallengeError> {
        if actor.role == Role::Examiner {
            return Err(ChallengeError::Forbidden("student"));
        }
        let participant = self.ports.store.participants().find(actor.user_id).await?;
        participant.filter(Participant::consents).ok_or(ChallengeError::ConsentRequired)
    }

    /// The caller's own conversation.
    async fn own(&self, actor: Actor, id: ConversationId) -> Result<Conversation, ChallengeError> {
        let found = self.ports.store.conversations().find(id).await?;
        found.filter(|conversation| conversation.student_id == actor.user_id).ok_or(ChallengeError::NotFound)
    }

    fn entry(&self, actor: UserId, action: &'static str, id: ConversationId, details: String, at: Timestamp) -> AuditEntry {
        let subject = format!("conversation:{id}");
        AuditEntry { id: self.ports.ids.generate(), at, actor: Some(actor), action: action.into(), subject, details }
    }
}

/// Refuses what needs an open hackathon.
fn check_open(hackathon: &Hackathon, now: Timestamp) -> Result<(), ChallengeError> {
    if hackathon.takes_prompts(now) {
        return Ok(());
    }
    let reason = match hackathon.status.is_open() {
        true if now < hackathon.dates.starts_at => "it has not begun",
        true => "its time is over",
        false => "nobody works in it now",
    };
    Err(ChallengeError::Closed { status: hackathon.status, reason })
}

impl Conversation {
    /// Whose quota its prompts count on.
    pub fn enrolment(&self) -> EnrolmentKey {
        EnrolmentKey { hackathon_id: self.hackathon_id, student_id: self.student_id, test: self.test }
    }
}
