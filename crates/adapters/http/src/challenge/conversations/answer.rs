//! Conversations and messages as they are answered.

use atelier_domain::challenge::chat::MicroCredits;
use atelier_domain::challenge::conversations::{Conversation, FinalVersion, Message, Seen};
use atelier_domain::challenge::enrolments::QuotaLeft;
use atelier_domain::kernel::{Page, Paged};
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::{NumberedPagination, SuccessPage, time};

use super::blind::{BlindConversationDto, BlindMessageDto};

/// A cost in credits. Micro-credits are exact; a JSON number is to the 15th digit.
pub(super) fn credits(cost: MicroCredits) -> f64 {
    cost.0 as f64 / 1e6
}

/// What the student handed in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FinalVersionDto {
    /// The prompt; empty when nothing was handed in.
    #[serde(rename = "promptFinal")]
    #[schema(example = "Bonjour, comment ça va ?")]
    prompt: String,
    /// The answer; empty when nothing was handed in.
    #[serde(rename = "reponseIAFinale")]
    #[schema(example = "Très bien, merci !")]
    answer: String,
    /// When it was handed in; null when nothing was.
    #[serde(rename = "soumisLe")]
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    submitted_at: Option<String>,
}

impl From<Option<&FinalVersion>> for FinalVersionDto {
    fn from(version: Option<&FinalVersion>) -> Self {
        Self {
            prompt: version.map(|version| version.prompt.clone()).unwrap_or_default(),
            answer: version.map(|version| version.answer.clone()).unwrap_or_default(),
            submitted_at: version.map(|version| time(version.submitted_at)),
        }
    }
}

/// What a conversation has taken.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatisticsDto {
    /// The model with the most tokens, by the provider's own name; null before the first answer.
    #[serde(rename = "modelUtilise")]
    #[schema(example = "gpt-4-0613")]
    main_model: Option<String>,
    /// Tokens of prompts and answers.
    #[schema(example = 420)]
    tokens_total: u64,
    /// Credits, at the prices of the days of the answers. A credit is 1 000 000 micro-credits, in which is counted: the number times 1 000 000
    /// is whole.
    #[serde(rename = "coutEstime")]
    #[schema(example = 0.00063)]
    cost: f64,
}

impl From<&Conversation> for StatisticsDto {
    fn from(conversation: &Conversation) -> Self {
        Self {
            main_model: conversation.main_model().map(str::to_owned),
            tokens_total: conversation.tokens_total(),
            cost: credits(conversation.cost),
        }
    }
}

/// A conversation, without its messages.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConversationDto {
    /// Its id.
    #[schema(example = "65f0c0ffee65f0c0ffee65f5")]
    id: String,
    /// The hackathon.
    #[schema(example = "65f0c0ffee65f0c0ffee65f4")]
    hackathon_id: String,
    /// The task.
    #[serde(rename = "tacheId")]
    #[schema(example = "analyse-de-donnees-avec-ia")]
    task_id: String,
    /// The student.
    #[schema(example = "65f0c0ffee65f0c0ffee65f1")]
    student_id: String,
    /// The student's group when it was begun.
    #[schema(example = "TD3")]
    group_id: Option<String>,
    /// The model.
    #[schema(example = "gpt-4")]
    model_name: String,
    /// The most tokens of an answer that were asked for.
    #[schema(example = 512)]
    max_tokens: u32,
    /// The longest answer so far, in tokens.
    #[schema(example = 180)]
    max_tokens_used: Option<u64>,
    /// The temperature that was asked for.
    #[schema(example = 0.7)]
    temperature: f64,
    /// The temperature that was last really sent to the model.
    #[schema(example = 0.7)]
    temperature_used: Option<f64>,
    /// What was handed in.
    #[serde(rename = "versionFinale")]
    final_version: FinalVersionDto,
    /// What it has taken.
    #[serde(rename = "statistiquesIA")]
    statistics: StatisticsDto,
    /// How many messages it has.
    #[schema(example = 4)]
    message_count: u32,
    /// The message of the answer on its way; null when none is.
    #[serde(rename = "enCours")]
    #[schema(example = "65f0c0ffee65f0c0ffee65f9")]
    in_flight: Option<String>,
    /// Made while the hackathon was in test: never graded.
    #[schema(example = false)]
    test: bool,
    /// Read-only and out of sight.
    #[schema(example = false)]
    archived: bool,
    /// When it was begun.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    updated_at: String,
}

impl From<&Conversation> for ConversationDto {
    fn from(conversation: &Conversation) -> Self {
        Self {
            id: conversation.id.to_string(),
            hackathon_id: conversation.hackathon_id.to_string(),
            task_id: conversation.task_id.to_string(),
            student_id: conversation.student_id.to_string(),
            group_id: conversation.group_id.clone(),
            model_name: conversation.parameters.model_name.clone(),
            max_tokens: conversation.parameters.max_tokens,
            max_tokens_used: conversation.max_tokens_used,
            temperature: conversation.parameters.temperature,
            temperature_used: conversation.temperature_used,
            final_version: conversation.final_version.as_ref().into(),
            statistics: conversation.into(),
            message_count: conversation.message_count,
            in_flight: conversation.in_flight.map(|in_flight| in_flight.message_id.to_string()),
            test: conversation.test,
            archived: conversation.archived,
            created_at: time(conversation.created_at),
            updated_at: time(conversation.updated_at),
        }
    }
}

/// A conversation as the caller may see it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum SeenConversationDto {
    /// For everybody but examiners of an anonymous hackathon.
    Whole(Box<ConversationDto>),
    /// For examiners of an anonymous hackathon.
    Blind(Box<BlindConversationDto>),
}

/// One conversation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationData {
    conversation: SeenConversationDto,
}

impl From<&Conversation> for ConversationData {
    fn from(conversation: &Conversation) -> Self {
        Self { conversation: SeenConversationDto::Whole(Box::new(conversation.into())) }
    }
}

impl From<&Seen> for ConversationData {
    fn from(seen: &Seen) -> Self {
        match &seen.mask {
            None => (&seen.conversation).into(),
            Some(mask) => Self { conversation: SeenConversationDto::Blind(Box::new(BlindConversationDto::of(seen, mask))) },
        }
    }
}

/// A page of the caller's conversations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationsData {
    conversations: Vec<ConversationDto>,
}

impl ConversationsData {
    pub(super) fn page(page: &Page, paged: &Paged<Conversation>) -> SuccessPage<Self, NumberedPagination> {
        let conversations = paged.items.iter().map(Into::into).collect();
        SuccessPage::new(Self { conversations }, NumberedPagination::of(page, paged))
    }
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageDto {
    /// Its id.
    #[schema(example = "65f0c0ffee65f0c0ffee65f9")]
    id: String,
    /// Who speaks: `student` (a prompt), `assistant` (the model's answer) or `system` (why there is no answer).
    #[schema(example = "assistant")]
    role: &'static str,
    /// What is said.
    #[schema(example = "Très bien, merci !")]
    content: String,
    /// `streaming` (on its way, the text is what has arrived), `complete`, `stopped`, `failed` or `interrupted` (the text is what had arrived).
    #[schema(example = "complete")]
    state: &'static str,
    /// When it was written.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00.000Z")]
    created_at: String,
    /// Of a prompt the tokens of everything that was sent with it, of an answer its own; null while it is on its way.
    #[schema(example = 180)]
    token_count: Option<u64>,
    /// Whether `tokenCount` is an estimate because the provider did not say.
    #[schema(example = false)]
    estimated: bool,
    /// Of an answer the model, by the provider's own name.
    #[schema(example = "gpt-4-0613")]
    model_used: Option<String>,
    /// Of an answer what the exchange cost, in credits; times 1 000 000 (micro-credits) it is whole.
    #[serde(rename = "coutEstime")]
    #[schema(example = 0.00027)]
    cost: Option<f64>,
    /// Of an answer why it ended: `stop`, `length`, `context_full`, `content_filter`, the provider's own word, or the code of the failure.
    #[schema(example = "stop")]
    finish_reason: Option<String>,
}

impl From<&Message> for MessageDto {
    fn from(message: &Message) -> Self {
        Self {
            id: message.id.to_string(),
            role: message.role.as_str(),
            content: message.content.clone(),
            state: message.state.as_str(),
            created_at: time(message.created_at),
            token_count: message.token_count,
            estimated: message.estimated,
            model_used: message.model_used.clone(),
            cost: message.cost.map(credits),
            finish_reason: message.finish_reason.clone(),
        }
    }
}

/// A message as the caller may see it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum SeenMessageDto {
    /// For everybody but examiners of an anonymous hackathon.
    Whole(MessageDto),
    /// For examiners of an anonymous hackathon.
    Blind(BlindMessageDto),
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessagesData {
    /// The oldest first.
    messages: Vec<SeenMessageDto>,
}

impl MessagesData {
    /// The messages of a conversation after its first `skip`.
    pub(super) fn of(seen: &Seen, messages: &[Message], skip: u32) -> Self {
        let messages = match &seen.mask {
            None => messages.iter().map(|message| SeenMessageDto::Whole(message.into())).collect(),
            Some(mask) => {
                let numbered = (u64::from(skip) + 1..).zip(messages);
                numbered.map(|(number, message)| SeenMessageDto::Blind(BlindMessageDto::of(number, message, mask))).collect()
            }
        };
        Self { messages }
    }
}

/// What is left of a quota.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuotaCountDto {
    /// How much there is in all.
    #[schema(example = 30)]
    limit: u64,
    /// How much of it was used.
    #[schema(example = 4)]
    used: u64,
    /// How much is held for answers on their way.
    #[schema(example = 1)]
    reserved: u64,
    /// How much may still be used.
    #[schema(example = 25)]
    remaining: u64,
}

/// The caller's quota in a hackathon.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuotaDto {
    /// Prompts.
    prompts: QuotaCountDto,
    /// Tokens of prompts and answers.
    tokens: QuotaCountDto,
}

impl From<&QuotaLeft> for QuotaDto {
    fn from(left: &QuotaLeft) -> Self {
        Self {
            prompts: QuotaCountDto {
                limit: u64::from(left.quotas.prompts),
                used: left.prompts_used,
                reserved: left.prompts_reserved,
                remaining: left.prompts_free(),
            },
            tokens: QuotaCountDto {
                limit: left.quotas.tokens,
                used: left.tokens_used,
                reserved: left.tokens_reserved,
                remaining: left.tokens_free(),
            },
        }
    }
}

/// A model's answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerData {
    /// The answer.
    message: MessageDto,
    /// What is left of the quota.
    quota: QuotaDto,
}

impl AnswerData {
    pub(super) fn of(message: &Message, quota: &QuotaLeft) -> Self {
        Self { message: message.into(), quota: quota.into() }
    }
}
