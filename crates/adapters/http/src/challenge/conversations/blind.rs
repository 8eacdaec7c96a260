//! What examiners of an anonymous hackathon are shown: types of their own that cannot carry who, when, or in which order.

use atelier_domain::challenge::anonymity::LeakScan;
use atelier_domain::challenge::conversations::{Message, Seen};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::StatisticsDto;

/// What was handed in, without when.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlindFinalVersionDto {
    /// The prompt; what would tell who wrote it is `[masqué]`.
    #[serde(rename = "promptFinal")]
    #[schema(example = "Bonjour, je suis [masqué], comment ça va ?")]
    prompt: String,
    /// The answer; what would tell who asked is `[masqué]`.
    #[serde(rename = "reponseIAFinale")]
    #[schema(example = "Très bien, [masqué], merci !")]
    answer: String,
}

/// A conversation without what tells whose it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlindConversationDto {
    /// Its alias; every route takes it in the place of the id.
    #[schema(example = "9b1d4f0a7c25e83b6d90f1a2")]
    id: String,
    /// The hackathon.
    #[schema(example = "65f0c0ffee65f0c0ffee65f4")]
    hackathon_id: String,
    /// The task.
    #[serde(rename = "tacheId")]
    #[schema(example = "analyse-de-donnees-avec-ia")]
    task_id: String,
    /// The model.
    #[schema(example = "gpt-4")]
    model_name: String,
    /// The most tokens of an answer that were asked for.
    #[schema(example = 512)]
    max_tokens: u32,
    /// The temperature that was asked for.
    #[schema(example = 0.7)]
    temperature: f64,
    /// What was handed in.
    #[serde(rename = "versionFinale")]
    final_version: BlindFinalVersionDto,
    /// What it has taken.
    #[serde(rename = "statistiquesIA")]
    statistics: StatisticsDto,
    /// How many messages it has.
    #[schema(example = 4)]
    message_count: u32,
}

impl BlindConversationDto {
    pub(super) fn of(seen: &Seen, mask: &LeakScan) -> Self {
        let conversation = &seen.conversation;
        let version = conversation.final_version.as_ref();
        Self {
            id: seen.id().to_string(),
            hackathon_id: conversation.hackathon_id.to_string(),
            task_id: conversation.task_id.to_string(),
            model_name: conversation.parameters.model_name.clone(),
            max_tokens: conversation.parameters.max_tokens,
            temperature: conversation.parameters.temperature,
            final_version: BlindFinalVersionDto {
                prompt: version.map(|version| mask.masked(&version.prompt).into_owned()).unwrap_or_default(),
                answer: version.map(|version| mask.masked(&version.answer).into_owned()).unwrap_or_default(),
            },
            statistics: conversation.into(),
            message_count: conversation.message_count,
        }
    }
}

/// A message without what tells whose it is, or when it was written.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlindMessageDto {
    /// Its number in the conversation, from 1.
    #[schema(example = "2")]
    id: String,
    /// Who speaks: `student` (a prompt), `assistant` (the model's answer) or `system` (why there is no answer).
    #[schema(example = "assistant")]
    role: &'static str,
    /// What is said; what would tell who the student is is `[masqué]`.
    #[schema(example = "Très bien, [masqué], merci !")]
    content: String,
    /// Of a prompt the tokens of everything that was sent with it, of an answer its own.
    #[schema(example = 180)]
    token_count: Option<u64>,
    /// Of an answer the model, by the provider's own name.
    #[schema(example = "gpt-4-0613")]
    model_used: Option<String>,
}

impl BlindMessageDto {
    pub(super) fn of(number: u64, message: &Message, mask: &LeakScan) -> Self {
        Self {
            id: number.to_string(),
            role: message.role.as_str(),
            content: mask.masked(&message.content).into_owned(),
            token_count: message.token_count,
            model_used: message.model_used.clone(),
        }
    }
}
