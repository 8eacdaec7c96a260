//! Handing in the final version (checklist P82–P84, CP14).

use crate::challenge::ChallengeError;
use crate::challenge::analytics::AnalyticsKind;
use crate::challenge::conversations::{Conversation, FinalVersion};
use crate::identity::Actor;
use crate::kernel::{ConversationId, FieldError, Invalid, Timestamp, retry_on_contention};

use super::ask::LONGEST_PROMPT;
use super::{ConversationService, check_open};

/// What a student hands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandIn {
    /// `promptFinal`.
    pub prompt: String,
    /// `reponseIAFinale`: exactly the text of an answer of the conversation.
    pub answer: String,
}

impl ConversationService {
    /// Hands in the final version, or another one in its place while the hackathon runs and nobody has graded it. Each is audited.
    ///
    /// # Errors
    /// [`ChallengeError::NotFound`] unless it is the caller's; [`ChallengeError::Invalid`] when the answer is none of the conversation;
    /// [`ChallengeError::Closed`]; [`ChallengeError::Busy`]; [`ChallengeError::InvalidState`] once there is an evaluation.
    #[tracing::instrument(name = "challenge.conversations.hand_in", skip_all, fields(user_id = %actor.user_id, conversation_id = %id))]
    pub async fn hand_in(&self, actor: Actor, id: ConversationId, command: &HandIn) -> Result<Conversation, ChallengeError> {
        let conversation = self.own(actor, id).await?;
        self.check(&conversation, command).await?;
        let now = self.ports.clock.now();
        retry_on_contention(|| self.hand_in_once(actor, id, command, now), ChallengeError::store).await
    }

    async fn hand_in_once(
        &self,
        actor: Actor,
        id: ConversationId,
        command: &HandIn,
        now: Timestamp,
    ) -> Result<Conversation, ChallengeError> {
        let mut uow = self.ports.store.begin().await?;
        let mut conversation = uow.conversations().find(id).await?.ok_or(ChallengeError::NotFound)?;
        let hackathon = uow.hackathons().find(conversation.hackathon_id).await?.ok_or(ChallengeError::NotFound)?;
        check_open(&hackathon, now)?;
        if conversation.in_flight.is_some() {
            return Err(ChallengeError::Busy);
        }
        if conversation.evaluation_count > 0 || conversation.archived {
            return Err(ChallengeError::InvalidState("the jury has begun: the final version stays as it is"));
        }
        let replaced = conversation.final_version.is_some();
        conversation.final_version =
            Some(FinalVersion { prompt: command.prompt.clone(), answer: command.answer.clone(), submitted_at: now });
        conversation.updated_at = now;
        uow.conversations().update(&conversation).await?;
        let event = self.event(AnalyticsKind::FinalVersionSubmitted, &conversation, now);
        uow.analytics().append(&event.with("remplacement", replaced)).await?;
        let details = format!("replaced={replaced} prompt_bytes={} answer_bytes={}", command.prompt.len(), command.answer.len());
        uow.audit().append(&self.entry(actor.user_id, "challenge.final_version", id, details, now)).await?;
        uow.commit().await?;
        Ok(conversation)
    }

    async fn check(&self, conversation: &Conversation, command: &HandIn) -> Result<(), ChallengeError> {
        let mut fields = Vec::new();
        let mut fault = |field: &str, message: &str| fields.push(FieldError { field: field.to_owned(), message: message.to_owned() });
        if command.prompt.trim().is_empty() || command.prompt.chars().count() > LONGEST_PROMPT {
            fault("promptFinal", "must have 1 to 16000 characters");
        }
        let is_answer = !command.answer.is_empty() && self.ports.store.conversations().has_answer(conversation.id, &command.answer).await?;
        if !is_answer {
            fault("reponseIAFinale", "must be exactly an answer of the model in this conversation");
        }
        Ok(Invalid::check(fields)?)
    }

    /// Asks that the answer on its way stops; what has arrived is kept and counted. It stops within about a second.
    ///
    /// # Errors
    /// [`ChallengeError::NotFound`] unless it is the caller's; [`ChallengeError::InvalidState`] when this answer is not on its way.
    #[tracing::instrument(name = "challenge.conversations.stop", skip_all, fields(user_id = %actor.user_id, conversation_id = %id))]
    pub async fn stop(&self, actor: Actor, id: ConversationId, message_id: crate::kernel::MessageId) -> Result<(), ChallengeError> {
        let conversation = self.own(actor, id).await?;
        let queries = self.ports.store.conversations();
        if queries.request_stop(conversation.id, message_id).await? {
            return Ok(());
        }
        match queries.message(conversation.id, message_id).await? {
            Some(_) => Err(ChallengeError::InvalidState("this answer has ended already")),
            None => Err(ChallengeError::NotFound),
        }
    }
}
