//! Closing the books of an answer, once: by who received it, or, when that process is gone, by the periodic job
//! `challenge.conversations.settle_silent` from what was saved.

use std::time::Duration;

use chrono::TimeDelta;

use crate::challenge::ChallengeError;
use crate::challenge::analytics::AnalyticsKind;
use crate::challenge::chat::{ChatUsage, MicroCredits};
use crate::challenge::conversations::{Conversation, Message, MessageRole, MessageState};
use crate::challenge::enrolments::QuotaLeft;
use crate::challenge::hackathons::Quotas;
use crate::kernel::{Backoff, ClaimedJob, ConversationId, JobError, JobHandler, JobPayload, MessageId, retry_on_contention};

use super::ConversationPorts;
use super::ask::new_message;
use super::event;

/// An answer whose receiver gave no sign of life for so long is taken for abandoned; receivers give one each second.
const SILENCE: TimeDelta = TimeDelta::seconds(30);
const BATCH: u32 = 100;

/// How an answer ended.
#[derive(Debug, Clone)]
pub(super) struct Ending {
    pub(super) conversation_id: ConversationId,
    pub(super) message_id: MessageId,
    /// The prompt it answers.
    pub(super) prompt_id: Option<MessageId>,
    pub(super) text: String,
    pub(super) state: MessageState,
    /// What is to be paid for; none when the provider did not take the request, which gives the prompt back.
    pub(super) usage: Option<ChatUsage>,
    pub(super) cost: MicroCredits,
    pub(super) model_used: String,
    pub(super) finish_reason: Option<String>,
    pub(super) temperature: Option<f64>,
    pub(super) quotas: Quotas,
}

/// Writes the end of an answer into message, conversation, ledger and account in one unit of work. Answers none when it was done before.
pub(super) async fn settle(ports: &ConversationPorts, ending: &Ending) -> Result<Option<(Message, QuotaLeft)>, ChallengeError> {
    retry_on_contention(|| settle_once(ports, ending), ChallengeError::store).await
}

async fn settle_once(ports: &ConversationPorts, ending: &Ending) -> Result<Option<(Message, QuotaLeft)>, ChallengeError> {
    let now = ports.clock.now();
    let mut uow = ports.store.begin().await?;
    let Some(mut conversation) = uow.conversations().find(ending.conversation_id).await? else { return Ok(None) };
    if conversation.in_flight.is_none_or(|in_flight| in_flight.message_id != ending.message_id) {
        return Ok(None);
    }
    let Some(mut answer) = uow.conversations().message(conversation.id, ending.message_id).await? else { return Ok(None) };
    let usage = ending.usage.unwrap_or_default();
    answer.content.clone_from(&ending.text);
    answer.state = ending.state;
    answer.token_count = Some(usage.completion);
    answer.estimated = usage.estimated;
    answer.model_used = Some(ending.model_used.clone());
    answer.cost = Some(ending.cost);
    answer.finish_reason.clone_from(&ending.finish_reason);
    uow.conversations().replace(conversation.id, &answer).await?;
    let prompt = match ending.prompt_id {
        Some(id) => uow.conversations().message(conversation.id, id).await?,
        None => None,
    };
    if let Some(mut prompt) = prompt {
        prompt.token_count = Some(usage.prompt);
        prompt.estimated = usage.estimated;
        uow.conversations().replace(conversation.id, &prompt).await?;
    }
    conversation.size += ending.text.len() as u64;
    if ending.state == MessageState::Failed {
        let reason = ending.finish_reason.as_deref().unwrap_or_default();
        let text = format!("Le modèle n'a pas pu répondre ({reason}).");
        conversation.size += text.len() as u64;
        conversation.message_count += 1;
        let notice = new_message(ports.ids.generate(), MessageRole::System, text, MessageState::Complete, now);
        uow.conversations().append(conversation.id, &notice).await?;
    }
    conversation.in_flight = None;
    if ending.usage.is_some() {
        conversation.count(&ending.model_used, usage.total(), ending.cost);
        conversation.max_tokens_used = conversation.max_tokens_used.max(Some(usage.completion));
        conversation.temperature_used = ending.temperature;
    }
    conversation.updated_at = now;
    uow.conversations().update(&conversation).await?;
    let Some(mut enrolment) = uow.enrolments().find(conversation.enrolment()).await? else { return Ok(None) };
    let tokens = ending.usage.map(|usage| usage.total());
    let held = enrolment.ledger.settle(ending.message_id, tokens).unwrap_or_default();
    uow.enrolments().update(&enrolment).await?;
    if let Some(mut participant) = uow.participants().find(conversation.student_id).await? {
        participant.tokens.reserved = participant.tokens.reserved.saturating_sub(held);
        participant.tokens.used += tokens.unwrap_or_default();
        uow.participants().put(&participant).await?;
    }
    let event = event(ports.ids.as_ref(), AnalyticsKind::PromptAnswered, &conversation, now)
        .with("modelName", ending.model_used.as_str())
        .with("etat", ending.state.as_str())
        .with("tokens", usage.total());
    uow.analytics().append(&event).await?;
    uow.commit().await?;
    Ok(Some((answer, enrolment.ledger.left(ending.quotas))))
}

/// Closes the books of answers whose receiver is gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SettleSilent {}

impl JobPayload for SettleSilent {
    const KIND: &'static str = "challenge.conversations.settle_silent";
    const VERSION: u16 = 1;
}

/// Runs [`SettleSilent`].
pub struct SilentAnswers {
    ports: ConversationPorts,
}

impl SilentAnswers {
    /// The job over its ports.
    pub fn new(ports: ConversationPorts) -> Self {
        Self { ports }
    }

    /// Settles one conversation from what was saved: what was sent is paid for, and what arrived, both estimated.
    async fn settle(&self, conversation: &Conversation) -> Result<(), ChallengeError> {
        let Some(in_flight) = conversation.in_flight else { return Ok(()) };
        let queries = self.ports.store.conversations();
        let answer = queries.message(conversation.id, in_flight.message_id).await?;
        let before = queries.messages(conversation.id, conversation.message_count.saturating_sub(2), 1).await?;
        let prompt = before.first().filter(|message| message.role == MessageRole::Student);
        let prompt_tokens = prompt.and_then(|prompt| prompt.token_count).unwrap_or_default();
        let text = answer.map(|answer| answer.content).unwrap_or_default();
        let usage = ChatUsage::estimate(prompt_tokens, text.len(), 0);
        let hackathon = self.ports.store.hackathons().find(conversation.hackathon_id).await?;
        let spec = self.ports.models.find(&conversation.parameters.model_name).map(|(spec, _)| spec).ok();
        let price = spec.and_then(|spec| spec.price_on(self.ports.clock.now().date_naive()).copied());
        let ending = Ending {
            conversation_id: conversation.id,
            message_id: in_flight.message_id,
            prompt_id: prompt.map(|prompt| prompt.id),
            text,
            state: MessageState::Interrupted,
            usage: Some(usage),
            cost: price.map(|price| price.cost(&usage)).unwrap_or_default(),
            model_used: conversation.parameters.model_name.clone(),
            finish_reason: None,
            temperature: conversation.temperature_used,
            quotas: hackathon.map_or(Quotas { prompts: 0, tokens: 0 }, |hackathon| hackathon.quotas),
        };
        settle(&self.ports, &ending).await?;
        Ok(())
    }
}

#[async_trait::async_trait]
impl JobHandler for SilentAnswers {
    fn kind(&self) -> &'static str {
        SettleSilent::KIND
    }

    fn backoff(&self) -> Backoff {
        Backoff { attempts: 3, first: Duration::from_secs(5), longest: Duration::from_secs(60) }
    }

    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        let silent = self.ports.store.conversations().silent_since(self.ports.clock.now() - SILENCE, BATCH).await?;
        for conversation in &silent {
            match self.settle(conversation).await {
                Ok(()) => tracing::info!(conversation_id = %conversation.id, "an abandoned answer was settled from what was saved"),
                Err(ChallengeError::Store(error)) => return Err(error.into()),
                Err(error) => tracing::error!(conversation_id = %conversation.id, %error, "an abandoned answer cannot be settled"),
            }
        }
        let mut uow = self.ports.store.begin().await?;
        uow.jobs().complete(job.lease, self.ports.clock.now()).await?;
        Ok(uow.commit().await?)
    }

    async fn give_up(&self, _job: &ClaimedJob, _error: &JobError) -> Result<(), JobError> {
        Ok(())
    }
}
