//! What servers write, read tolerantly: a field that is missing, null or of another type is simply not there.

use atelier_domain::challenge::chat::{ChatUsage, FinishReason};
use serde_json::Value;

/// What one chunk of a stream, or a whole answer, tells.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Chunk {
    /// The next piece of the text; may be empty.
    pub(super) text: String,
    /// Whether the model is at work on something that is not text: reasoning, a tool call.
    pub(super) works: bool,
    /// Whether the text is a refusal (OpenAI).
    pub(super) refuses: bool,
    pub(super) finish_reason: Option<String>,
    pub(super) usage: Option<WireUsage>,
    pub(super) model: Option<String>,
}

impl Chunk {
    /// Reads `chat.completion.chunk` (`delta`) and `chat.completion` (`message`).
    pub(super) fn read(value: &Value) -> Self {
        let mut chunk = Self {
            usage: WireUsage::read(&value["usage"]),
            model: value["model"].as_str().filter(|model| !model.is_empty()).map(str::to_owned),
            ..Self::default()
        };
        // OpenAI's last chunk has usage and no choice.
        let Some(choice) = value["choices"].get(0) else { return chunk };
        chunk.finish_reason = choice["finish_reason"].as_str().filter(|reason| !reason.is_empty()).map(str::to_owned);
        let message = if choice["delta"].is_object() { &choice["delta"] } else { &choice["message"] };
        chunk.read_content(&message["content"]);
        if let Some(refusal) = message["refusal"].as_str().filter(|refusal| !refusal.is_empty()) {
            chunk.text.push_str(refusal);
            chunk.refuses = true;
        }
        let has_text = |field: &str| message[field].as_str().is_some_and(|text| !text.is_empty());
        chunk.works |= has_text("reasoning_content") || has_text("reasoning") || message["tool_calls"].is_array();
        chunk
    }

    /// Content is a string, or with Mistral a list of chunks of which only those of type `text` are the answer.
    fn read_content(&mut self, content: &Value) {
        match content {
            Value::String(text) => self.text.push_str(text),
            Value::Array(parts) => {
                for part in parts {
                    match part["type"].as_str() {
                        Some("text") | None => self.text.push_str(part["text"].as_str().or(part.as_str()).unwrap_or_default()),
                        Some(_) => self.works = true,
                    }
                }
            }
            _ => {}
        }
    }
}

/// Usage as a server tells it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct WireUsage {
    prompt: Option<u64>,
    completion: Option<u64>,
    cached: u64,
    reasoning: u64,
}

impl WireUsage {
    fn read(value: &Value) -> Option<Self> {
        if !value.is_object() {
            return None;
        }
        let count = |path: &str| value.pointer(path).and_then(Value::as_u64).filter(|count| *count > 0);
        let prompt = count("/prompt_tokens");
        let total_less_prompt = || count("/total_tokens").zip(prompt).and_then(|(total, prompt)| total.checked_sub(prompt));
        Some(Self {
            prompt,
            completion: count("/completion_tokens").or_else(total_less_prompt).filter(|count| *count > 0),
            cached: count("/prompt_tokens_details/cached_tokens").or_else(|| count("/num_cached_tokens")).unwrap_or_default(),
            reasoning: count("/completion_tokens_details/reasoning_tokens").unwrap_or_default(),
        })
    }

    /// The usage, with an estimate in place of what the server did not tell.
    pub(super) fn or_estimate(told: Option<Self>, estimate: ChatUsage) -> ChatUsage {
        let told = told.unwrap_or_default();
        let prompt = told.prompt.unwrap_or(estimate.prompt);
        let completion = told.completion.unwrap_or(estimate.completion);
        ChatUsage {
            prompt,
            completion,
            cached: told.cached.min(prompt),
            reasoning: told.reasoning.min(completion),
            // An answer of no text may have taken no token: then zero is no omission.
            estimated: told.prompt.is_none() || (told.completion.is_none() && estimate.completion > 0),
        }
    }
}

/// The canonical reason; Mistral's `error` is none and is looked for before.
pub(super) fn finish_reason(told: &str, refused: bool) -> FinishReason {
    match told {
        "stop" if refused => FinishReason::ContentFiltered,
        "stop" | "eos" | "end_turn" => FinishReason::Stop,
        "length" | "max_tokens" => FinishReason::Length,
        "model_length" => FinishReason::ContextFull,
        "content_filter" => FinishReason::ContentFiltered,
        other => FinishReason::Other(other.to_owned()),
    }
}
