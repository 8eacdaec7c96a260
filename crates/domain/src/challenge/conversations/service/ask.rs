//! Sending a prompt: quota and conversation are reserved together, before any model is asked.

use crate::challenge::chat::{ChatMessage, ChatRequest, ChatRole, ChatUsage, ModelSpec};
use crate::challenge::conversations::{Conversation, InFlight, Message, MessageRole, MessageState, Parameters};
use crate::challenge::enrolments::{QuotaExceeded, QuotaKind, QuotaLeft, Reservation};
use crate::challenge::hackathons::{Hackathon, HackathonStatus};
use crate::challenge::{ChallengeError, ChallengeUnitOfWork};
use crate::identity::Actor;
use crate::kernel::{
    ConversationId, HackathonId, Idempotency, IdempotentRequest, Invalid, MessageId, Timestamp, UserId, retry_on_contention,
};

use super::exchange::Exchange;
use super::{ConversationService, check_open};

/// Most characters of a prompt.
pub(super) const LONGEST_PROMPT: usize = 16_000;
/// Most messages that go with a prompt.
const MOST_CONTEXT: u32 = 200;

/// What became of a prompt.
pub enum Asked {
    /// An earlier request with this idempotency key sent it: its answer, as it is now.
    Before {
        /// The answer.
        answer: Message,
        /// What is left of the quota.
        quota: QuotaLeft,
    },
    /// It is to be answered now.
    Now(Box<Exchange>),
}

/// What a prompt is stored and reserved with.
struct Prepared {
    conversation_id: ConversationId,
    student_id: UserId,
    hackathon_id: HackathonId,
    prompt: Message,
    answer: Message,
    /// The tokens of the messages before and of the prompt, estimated.
    prompt_tokens: u64,
    /// The most tokens of an answer the model and the parameters allow.
    answer_tokens: u64,
    /// How many messages the conversation had when its context was read.
    message_count: u32,
    now: Timestamp,
}

enum Reserved {
    Before(Message, QuotaLeft),
    Now { hackathon: Box<Hackathon>, tokens: u64 },
}

impl ConversationService {
    /// Stores and reserves a prompt. Answering it is up to [`Exchange::run`], which must be called at once and not be dropped.
    ///
    /// # Errors
    /// [`ChallengeError::NotFound`] unless it is the caller's; [`ChallengeError::ConsentRequired`]; [`ChallengeError::Closed`];
    /// [`ChallengeError::Invalid`]; [`ChallengeError::Busy`]; [`ChallengeError::InvalidState`] after handing in or archiving;
    /// [`ChallengeError::Quota`]; [`ChallengeError::Chat`] when the context leaves no room; [`ChallengeError::IdempotencyMismatch`].
    #[tracing::instrument(name = "challenge.conversations.ask", skip_all, fields(user_id = %actor.user_id, conversation_id = %id))]
    pub async fn ask(
        &self,
        actor: Actor,
        id: ConversationId,
        content: &str,
        request: Option<&IdempotentRequest>,
    ) -> Result<Asked, ChallengeError> {
        let conversation = self.own(actor, id).await?;
        let now = self.ports.clock.now();
        let idempotency = Idempotency { operation: "challenge.conversations.ask", user_id: actor.user_id, request, now };
        if request.is_some()
            && let Some((answer, quota)) = self.asked_before(&conversation, idempotency).await?
        {
            return Ok(Asked::Before { answer, quota });
        }
        self.participating(actor).await?;
        if content.trim().is_empty() || content.chars().count() > LONGEST_PROMPT {
            return Err(Invalid::field("content", "must have 1 to 16000 characters").into());
        }
        let (spec, model) = self.ports.models.find(&conversation.parameters.model_name)?;
        let messages = self.context(&conversation, content, spec).await?;
        let fitted = spec.fit(&messages, conversation.parameters.temperature, conversation.parameters.max_tokens)?;
        let prompt_tokens = ChatUsage::of_prompt(&messages);
        let prepared = Prepared {
            conversation_id: id,
            student_id: actor.user_id,
            hackathon_id: conversation.hackathon_id,
            prompt: new_message(self.ports.ids.generate(), MessageRole::Student, content.to_owned(), MessageState::Complete, now)
                .counted(prompt_tokens),
            answer: new_message(self.ports.ids.generate(), MessageRole::Assistant, String::new(), MessageState::Streaming, now),
            prompt_tokens,
            answer_tokens: u64::from(fitted.max_output_tokens),
            message_count: conversation.message_count,
            now,
        };
        let reserved = retry_on_contention(|| self.reserve(&prepared, idempotency), ChallengeError::store).await?;
        let (hackathon, tokens) = match reserved {
            Reserved::Before(answer, quota) => return Ok(Asked::Before { answer, quota }),
            Reserved::Now { hackathon, tokens } => (hackathon, tokens),
        };
        let chat = ChatRequest {
            model: spec.name.clone(),
            messages,
            temperature: fitted.temperature,
            max_output_tokens: u32::try_from(tokens.saturating_sub(prompt_tokens)).unwrap_or(u32::MAX).min(fitted.max_output_tokens),
            seed: None,
        };
        Ok(Asked::Now(Box::new(Exchange {
            ports: self.ports.clone(),
            model: std::sync::Arc::clone(model),
            price: spec.price_on(now.date_naive()).copied(),
            request: chat,
            conversation_id: id,
            prompt_id: prepared.prompt.id,
            answer: prepared.answer,
            hackathon: *hackathon,
            reserved: tokens,
        })))
    }

    /// What an earlier request with the same key came to, before anything of the present state is looked at: that may have changed.
    async fn asked_before(
        &self,
        conversation: &Conversation,
        idempotency: Idempotency<'_>,
    ) -> Result<Option<(Message, QuotaLeft)>, ChallengeError> {
        let mut uow = self.ports.store.begin().await?;
        let Some(earlier) = idempotency.earlier::<MessageId>(uow.idempotency()).await? else { return Ok(None) };
        drop(uow);
        let queries = self.ports.store.conversations();
        let answer = queries.message(conversation.id, earlier).await?.ok_or(ChallengeError::NotFound)?;
        if answer.state == MessageState::Streaming {
            return Err(ChallengeError::Busy);
        }
        let hackathon = self.ports.store.hackathons().find(conversation.hackathon_id).await?.ok_or(ChallengeError::NotFound)?;
        let enrolment = self.ports.store.enrolments().find(conversation.enrolment()).await?.ok_or(ChallengeError::NotFound)?;
        Ok(Some((answer, enrolment.ledger.left(hackathon.quotas))))
    }

    /// The conversation so far as the model gets it, the newest messages that fit, and the prompt.
    async fn context(&self, conversation: &Conversation, content: &str, spec: &ModelSpec) -> Result<Vec<ChatMessage>, ChallengeError> {
        let skip = conversation.message_count.saturating_sub(MOST_CONTEXT);
        let earlier = self.ports.store.conversations().messages(conversation.id, skip, MOST_CONTEXT).await?;
        let room = u64::from(spec.context_window.saturating_sub(conversation.parameters.max_tokens.min(spec.max_output)));
        let mut messages = vec![ChatMessage::new(ChatRole::User, content)];
        let mut tokens = ChatUsage::of_prompt(&messages);
        for message in earlier.into_iter().rev() {
            let role = match message.role {
                MessageRole::Student => ChatRole::User,
                MessageRole::Assistant if !message.content.is_empty() => ChatRole::Assistant,
                MessageRole::Assistant | MessageRole::System => continue,
            };
            let message = ChatMessage::new(role, message.content);
            tokens += ChatUsage::of_prompt(std::slice::from_ref(&message));
            if tokens > room {
                break;
            }
            messages.push(message);
        }
        messages.reverse();
        Ok(messages)
    }

    async fn reserve(&self, prepared: &Prepared, idempotency: Idempotency<'_>) -> Result<Reserved, ChallengeError> {
        let mut uow = self.ports.store.begin().await?;
        let mut conversation = uow.conversations().find(prepared.conversation_id).await?.ok_or(ChallengeError::NotFound)?;
        let hackathon = uow.hackathons().peek(prepared.hackathon_id).await?.ok_or(ChallengeError::NotFound)?;
        let mut enrolment = uow.enrolments().find(conversation.enrolment()).await?.ok_or(ChallengeError::NotFound)?;
        if let Some(earlier) = idempotency.claim(uow.idempotency(), prepared.answer.id).await? {
            let answer: Option<Message> = uow.conversations().message(conversation.id, earlier).await?;
            let answer = answer.ok_or(ChallengeError::NotFound)?;
            if answer.state == MessageState::Streaming {
                return Err(ChallengeError::Busy);
            }
            return Ok(Reserved::Before(answer, enrolment.ledger.left(hackathon.quotas)));
        }
        check_takes_prompts(&conversation, &hackathon, prepared.now)?;
        // Between the reading of its context and now another prompt may have been answered.
        if conversation.message_count != prepared.message_count {
            return Err(ChallengeError::Busy);
        }
        let least = prepared.prompt_tokens + u64::from(Parameters::LEAST_TOKENS).min(prepared.answer_tokens);
        let wanted = prepared.prompt_tokens + prepared.answer_tokens;
        let tokens = enrolment.ledger.available(hackathon.quotas, wanted, least)?;
        let tokens = hold_of_account(uow.as_mut(), prepared.student_id, tokens, least).await?;
        enrolment.ledger.reserve(Reservation { message_id: prepared.answer.id, tokens, at: prepared.now });
        uow.enrolments().update(&enrolment).await?;
        uow.conversations().append(conversation.id, &prepared.prompt).await?;
        uow.conversations().append(conversation.id, &prepared.answer).await?;
        conversation.message_count += 2;
        conversation.size += prepared.prompt.content.len() as u64;
        conversation.in_flight = Some(InFlight { message_id: prepared.answer.id, seen_at: prepared.now, stop_requested: false });
        conversation.updated_at = prepared.now;
        uow.conversations().update(&conversation).await?;
        uow.commit().await?;
        Ok(Reserved::Now { hackathon: Box::new(hackathon), tokens })
    }
}

/// Holds tokens of the account's own budget, as many of `wanted` as there are.
async fn hold_of_account(uow: &mut dyn ChallengeUnitOfWork, student_id: UserId, wanted: u64, least: u64) -> Result<u64, ChallengeError> {
    let mut participant = uow.participants().find(student_id).await?.ok_or(ChallengeError::ConsentRequired)?;
    let tokens = match participant.tokens.free() {
        Some(free) if free < least => {
            return Err(ChallengeError::Quota(QuotaExceeded {
                quota: QuotaKind::AccountTokens,
                limit: participant.tokens.authorized.unwrap_or_default(),
                used: participant.tokens.used,
                reserved: participant.tokens.reserved,
                needed: least,
            }));
        }
        Some(free) => wanted.min(free),
        None => wanted,
    };
    participant.tokens.reserved += tokens;
    uow.participants().put(&participant).await?;
    Ok(tokens)
}

fn check_takes_prompts(conversation: &Conversation, hackathon: &Hackathon, now: Timestamp) -> Result<(), ChallengeError> {
    check_open(hackathon, now)?;
    if conversation.test != (hackathon.status == HackathonStatus::Test) {
        return Err(ChallengeError::InvalidState("this conversation was a trial: begin a new one"));
    }
    if conversation.in_flight.is_some() {
        return Err(ChallengeError::Busy);
    }
    if conversation.final_version.is_some() {
        return Err(ChallengeError::InvalidState("the final version was handed in: begin a new conversation"));
    }
    if conversation.archived {
        return Err(ChallengeError::InvalidState("the conversation is archived"));
    }
    if conversation.size > Conversation::LARGEST {
        return Err(ChallengeError::InvalidState("the conversation has become too large: begin a new one"));
    }
    Ok(())
}

pub(super) fn new_message(id: MessageId, role: MessageRole, content: String, state: MessageState, now: Timestamp) -> Message {
    Message {
        id,
        role,
        content,
        state,
        created_at: now,
        token_count: None,
        estimated: false,
        model_used: None,
        cost: None,
        finish_reason: None,
    }
}

impl Message {
    fn counted(self, tokens: u64) -> Self {
        Self { token_count: Some(tokens), estimated: true, ..self }
    }
}
