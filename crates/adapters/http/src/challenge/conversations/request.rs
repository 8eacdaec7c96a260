//! What is asked of conversations.

use atelier_domain::challenge::conversations::{HandIn, NewConversation};
use atelier_domain::kernel::{ConversationId, EntityId, FieldError, Fingerprint, HackathonId, Invalid};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::challenge::fields::{Sent, Unknown, refuse};
use crate::error::ApiError;
use crate::extract::{MAX_SKIP, number};
use crate::fingerprint::FingerprintBuilder;

/// A conversation to be begun.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub(crate) struct ConversationJson {
    /// The hackathon.
    #[serde(default)]
    #[schema(value_type = String, example = "65f0c0ffee65f0c0ffee65f4", required = true)]
    hackathon_id: Sent<String>,
    /// The task, by its id in the hackathon.
    #[serde(rename = "tacheId")]
    #[serde(default)]
    #[schema(value_type = String, example = "analyse-de-donnees-avec-ia", required = true)]
    task_id: Sent<String>,
    /// The model, see `GET /models`; the first of them when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false, example = "gpt-4")]
    model_name: Sent<String>,
    /// 0.1 to 2.0; 0.7 when absent.
    #[serde(default)]
    #[schema(value_type = Option<f64>, required = false, minimum = 0.1, maximum = 2.0, example = 0.7)]
    temperature: Sent<f64>,
    /// Most tokens of an answer, 50 to 4000; 512 when absent.
    #[serde(default)]
    #[schema(value_type = Option<u32>, required = false, minimum = 50, maximum = 4000, example = 512)]
    max_tokens: Sent<u32>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

impl ConversationJson {
    /// The command.
    pub(super) fn command(self) -> Result<NewConversation, ApiError> {
        let mut problems = Vec::new();
        self.unknown.refuse("", &mut problems);
        let hackathon_id = self.hackathon_id.required("hackathonId", &mut problems);
        let hackathon_id: Option<HackathonId> = hackathon_id.and_then(|text| id("hackathonId", &text, &mut problems));
        let task_id = self.task_id.required("tacheId", &mut problems);
        let task_id = task_id.and_then(|text| {
            let wrong =
                |invalid: atelier_domain::challenge::hackathons::InvalidTaskId| refuse(&mut problems, "tacheId", invalid.to_string());
            text.parse().map_err(wrong).ok()
        });
        let model_name = self.model_name.optional("modelName", &mut problems);
        let temperature = self.temperature.optional("temperature", &mut problems);
        let max_tokens = self.max_tokens.optional("maxTokens", &mut problems);
        match (hackathon_id, task_id) {
            (Some(hackathon_id), Some(task_id)) if problems.is_empty() => {
                Ok(NewConversation { hackathon_id, task_id, model_name, temperature, max_tokens })
            }
            _ => Err(ApiError::invalid(&problems)),
        }
    }
}

/// What makes a repeated request for a conversation the same.
pub(super) fn fingerprint(new: &NewConversation) -> Fingerprint {
    FingerprintBuilder::of("POST /conversations")
        .field("hackathonId", Some(&new.hackathon_id.to_string()))
        .field("tacheId", Some(new.task_id.as_str()))
        .field("modelName", new.model_name.as_deref())
        .field("temperature", new.temperature.map(|value| value.to_string()).as_deref())
        .field("maxTokens", new.max_tokens.map(|value| value.to_string()).as_deref())
        .finish()
}

/// A prompt.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub(crate) struct PromptJson {
    /// 1 to 16 000 characters.
    #[serde(default)]
    #[schema(value_type = String, min_length = 1, max_length = 16000, example = "Bonjour, comment ça va ?", required = true)]
    content: Sent<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

impl PromptJson {
    /// The prompt's text.
    pub(super) fn content(self) -> Result<String, ApiError> {
        let mut problems = Vec::new();
        self.unknown.refuse("", &mut problems);
        let content = self.content.required("content", &mut problems);
        content.filter(|_| problems.is_empty()).ok_or_else(|| ApiError::invalid(&problems))
    }
}

/// What makes a repeated prompt the same.
pub(super) fn prompt_fingerprint(id: ConversationId, content: &str) -> Fingerprint {
    FingerprintBuilder::of("POST /conversations/{id}/messages").field("id", Some(&id.to_string())).field("content", Some(content)).finish()
}

/// What a student hands in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub(crate) struct FinalVersionJson {
    /// The prompt, 1 to 16 000 characters.
    #[serde(rename = "promptFinal")]
    #[serde(default)]
    #[schema(value_type = String, min_length = 1, max_length = 16000, example = "Bonjour, comment ça va ?", required = true)]
    prompt: Sent<String>,
    /// Exactly the text of an answer of this conversation.
    #[serde(default)]
    #[schema(value_type = String, min_length = 1, example = "Très bien, merci !", required = true)]
    #[serde(rename = "reponseIAFinale")]
    answer: Sent<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

impl FinalVersionJson {
    /// The command.
    pub(super) fn command(self) -> Result<HandIn, ApiError> {
        let mut problems = Vec::new();
        self.unknown.refuse("", &mut problems);
        let prompt = self.prompt.required("promptFinal", &mut problems);
        let answer = self.answer.required("reponseIAFinale", &mut problems);
        match (prompt, answer) {
            (Some(prompt), Some(answer)) if problems.is_empty() => Ok(HandIn { prompt, answer }),
            _ => Err(ApiError::invalid(&problems)),
        }
    }
}

/// Which of the caller's conversations are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConversationQuery {
    /// Only of this hackathon. Cannot be combined with `versionFinale=true`.
    #[param(example = "65f0c0ffee65f0c0ffee65f4")]
    hackathon_id: Option<String>,
    /// `true`: only those with a final version, last changed first.
    #[serde(rename = "versionFinale")]
    #[param(value_type = Option<bool>, example = false)]
    final_version: Option<String>,
}

impl ConversationQuery {
    /// The hackathon, and whether a final version is wanted; what is wrong goes to `problems`.
    pub(super) fn filter(&self, problems: &mut Vec<FieldError>) -> (Option<HackathonId>, bool) {
        let hackathon_id = self.hackathon_id.as_deref().and_then(|text| id("hackathonId", text, problems));
        let submitted = match self.final_version.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                refuse(problems, "versionFinale", "must be true or false");
                false
            }
        };
        if submitted && self.hackathon_id.is_some() {
            refuse(problems, "hackathonId", "cannot be combined with versionFinale=true");
        }
        (hackathon_id, submitted)
    }
}

/// Which messages are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageQuery {
    /// Messages to leave out, from the oldest on, 0 when absent.
    #[param(value_type = Option<u32>, minimum = 0, example = 0)]
    skip: Option<String>,
    /// Most messages, 1–100, 20 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, example = 20)]
    limit: Option<String>,
    /// `pagination.next` of the page before; takes the place of `skip`.
    after: Option<String>,
}

impl MessageQuery {
    /// How many to leave out, and how many to answer. More than any conversation has is as its length.
    pub(super) fn slice(&self) -> Result<(u32, u32), ApiError> {
        let mut problems = Vec::new();
        let (field, skip) = match &self.after {
            Some(after) => ("after", Some(after)),
            None => ("skip", self.skip.as_ref()),
        };
        let skip = number(field, skip.map(String::as_str), 0, 0, MAX_SKIP, &mut problems);
        let limit = number("limit", self.limit.as_deref(), 20, 1, 100, &mut problems);
        Invalid::check(problems).map_err(|Invalid(fields)| ApiError::invalid(&fields))?;
        Ok((u32::try_from(skip).unwrap_or(u32::MAX), u32::try_from(limit).unwrap_or(100)))
    }
}

fn id<T: EntityId>(field: &str, text: &str, problems: &mut Vec<FieldError>) -> Option<T> {
    text.parse().map_err(|invalid: T::Err| refuse(problems, field, invalid.to_string())).ok()
}
