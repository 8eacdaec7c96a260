//! Beginning a conversation.

use crate::challenge::ChallengeError;
use crate::challenge::anonymity::pseudonym;
use crate::challenge::chat::MicroCredits;
use crate::challenge::conversations::{Conversation, Parameters};
use crate::challenge::enrolments::{Enrolment, EnrolmentKey, Ledger};
use crate::challenge::hackathons::{HackathonStatus, TaskId};
use crate::identity::Actor;
use crate::kernel::{
    ConversationId, HackathonId, Idempotency, IdempotentRequest, Invalid, SecretGenerator, StoreError, retry_on_contention,
};

use super::{ConversationService, check_open};

/// How often another pseudonym is tried before giving up: in a hackathon of 10 000 students one in a hundred first ones is taken.
const PSEUDONYMS: u32 = 16;

/// What a student asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct NewConversation {
    /// `hackathonId`.
    pub hackathon_id: HackathonId,
    /// `tacheId`.
    pub task_id: TaskId,
    /// `modelName`; the first of the table when none is named.
    pub model_name: Option<String>,
    /// `temperature`, 0.1–2.0.
    pub temperature: Option<f64>,
    /// `maxTokens`, 50–4000.
    pub max_tokens: Option<u32>,
}

impl ConversationService {
    /// Begins a conversation, and enrols the student with the first one.
    ///
    /// # Errors
    /// [`ChallengeError::ConsentRequired`]; [`ChallengeError::NotFound`] for an unknown hackathon; [`ChallengeError::Closed`];
    /// [`ChallengeError::Invalid`] with an unknown task or a parameter out of range; [`ChallengeError::NoSuchModel`];
    /// [`ChallengeError::IdempotencyMismatch`].
    #[tracing::instrument(name = "challenge.conversations.create", skip_all, fields(user_id = %actor.user_id, hackathon_id = %new.hackathon_id))]
    pub async fn create(
        &self,
        actor: Actor,
        new: NewConversation,
        request: Option<&IdempotentRequest>,
    ) -> Result<Conversation, ChallengeError> {
        let participant = self.participating(actor).await?;
        let now = self.ports.clock.now();
        let hackathon = self.ports.store.hackathons().find(new.hackathon_id).await?;
        let hackathon = hackathon.filter(|found| found.status != HackathonStatus::Draft).ok_or(ChallengeError::NotFound)?;
        check_open(&hackathon, now)?;
        if hackathon.task(&new.task_id).is_none() {
            return Err(Invalid::field("tacheId", "is no task of this hackathon").into());
        }
        let parameters = self.parameters(&new)?;
        let id: ConversationId = self.ports.ids.generate();
        let conversation = Conversation {
            id,
            alias: alias_of(self.ports.secrets.as_ref(), hackathon.id, id)?,
            hackathon_id: hackathon.id,
            task_id: new.task_id,
            student_id: actor.user_id,
            group_id: participant.profile.student.and_then(|student| student.group_id),
            parameters,
            max_tokens_used: None,
            temperature_used: None,
            message_count: 0,
            size: 0,
            models: Vec::new(),
            cost: MicroCredits::default(),
            final_version: None,
            in_flight: None,
            evaluation_count: 0,
            test: hackathon.status == HackathonStatus::Test,
            archived: false,
            created_at: now,
            updated_at: now,
        };
        let idempotency = Idempotency { operation: "challenge.conversations.create", user_id: actor.user_id, request, now };
        for roll in 0..PSEUDONYMS {
            let stored = retry_on_contention(|| self.insert(&conversation, roll, idempotency), ChallengeError::store).await;
            match stored {
                Err(ChallengeError::Store(clash)) if clash.is_conflict_on("enrolments.pseudonym") => {}
                settled => return settled,
            }
        }
        Err(ChallengeError::InvalidState("no pseudonym is left in this hackathon"))
    }

    async fn insert(&self, conversation: &Conversation, roll: u32, idempotency: Idempotency<'_>) -> Result<Conversation, ChallengeError> {
        let mut uow = self.ports.store.begin().await?;
        if let Some(earlier) = idempotency.claim(uow.idempotency(), conversation.id).await? {
            return uow.conversations().find(earlier).await?.ok_or(ChallengeError::NotFound);
        }
        let key = conversation.enrolment();
        if uow.enrolments().find(key).await?.is_none() {
            let pseudonym = pseudonym_of(self.ports.secrets.as_ref(), key, roll)?;
            let enrolment = Enrolment { key, pseudonym, ledger: Ledger::default(), created_at: conversation.created_at };
            match uow.enrolments().insert(&enrolment).await {
                // Another conversation of the student began at the same time.
                Err(clash) if clash.is_conflict_on("enrolments.key") => return Err(StoreError::Contention(clash.into()).into()),
                settled => settled?,
            }
        }
        uow.conversations().insert(conversation).await?;
        uow.commit().await?;
        Ok(conversation.clone())
    }

    fn parameters(&self, new: &NewConversation) -> Result<Parameters, ChallengeError> {
        let named = match &new.model_name {
            Some(name) => Some(self.ports.models.find(name)?.0),
            None => self.ports.models.enabled().next(),
        };
        let spec = named.ok_or_else(|| Invalid::field("modelName", "no model is configured: see docs/guides/chat-models.md"))?;
        let parameters = Parameters {
            model_name: spec.name.clone(),
            temperature: new.temperature.unwrap_or(Parameters::DEFAULT_TEMPERATURE),
            max_tokens: new.max_tokens.unwrap_or(Parameters::DEFAULT_MAX_TOKENS),
        };
        parameters.check()?;
        Ok(parameters)
    }
}

/// The name by which the jury knows a conversation: the first 12 bytes of a keyed digest, so nobody without the installation's key finds the
/// conversation's id from it.
///
/// # Errors
/// [`StoreError::Corrupt`] when digests are shorter than that.
pub fn alias_of(secrets: &dyn SecretGenerator, hackathon_id: HackathonId, id: ConversationId) -> Result<ConversationId, StoreError> {
    let digest = secrets.digest(&format!("challenge.alias:{hackathon_id}"), &id.to_string());
    let alias = digest.get(..24).and_then(|hex| hex.parse().ok());
    alias.ok_or(StoreError::Corrupt { entity: "conversation", id: id.to_string(), field: "alias" })
}

/// The name under which a student is shown in an anonymous hackathon. When another one bears it there, the next `roll` from 0 gives another.
///
/// # Errors
/// [`StoreError::Corrupt`] when digests are too short.
pub fn pseudonym_of(secrets: &dyn SecretGenerator, key: EnrolmentKey, roll: u32) -> Result<String, StoreError> {
    let purpose = format!("challenge.pseudonym:{}:{}", key.hackathon_id, key.test);
    let digest = secrets.digest(&purpose, &key.student_id.to_string());
    let corrupt = |_no_hex| StoreError::Corrupt { entity: "enrolment", id: key.student_id.to_string(), field: "pseudonym" };
    pseudonym(&digest, roll).map_err(corrupt)
}
