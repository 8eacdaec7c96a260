//! What differs between servers that speak chat completions.

use atelier_domain::challenge::chat::ChatRequest;
use serde_json::{Map, Value, json};

/// How a server wants to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Its name in the table of models.
    pub(super) name: &'static str,
    /// Where its vendor serves it.
    pub(super) base_url: Option<&'static str>,
    /// Whether usage comes only to who asks for it. Mistral sends it unasked and refuses the question with 422.
    stream_options: bool,
    /// The seed's field.
    seed: &'static str,
    /// The field of the most tokens of the answer.
    max_tokens: &'static str,
}

impl Dialect {
    /// platform.openai.com/docs/api-reference/chat/create: `max_tokens` is deprecated there, and refused by reasoning models.
    pub(super) const OPENAI: Self = Self {
        name: "openai",
        base_url: Some("https://api.openai.com/v1"),
        stream_options: true,
        seed: "seed",
        max_tokens: "max_completion_tokens",
    };

    /// docs.mistral.ai/api, chat completions.
    pub(super) const MISTRAL: Self = Self {
        name: "mistral",
        base_url: Some("https://api.mistral.ai/v1"),
        stream_options: false,
        seed: "random_seed",
        max_tokens: "max_tokens",
    };

    /// What llama.cpp, vLLM, Ollama, LiteLLM and most others take.
    pub(super) const COMPATIBLE: Self =
        Self { name: "compatible", base_url: None, stream_options: true, seed: "seed", max_tokens: "max_tokens" };

    /// Every dialect.
    pub(super) const ALL: [Self; 3] = [Self::OPENAI, Self::MISTRAL, Self::COMPATIBLE];

    /// The dialect of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name == name)
    }

    /// The body that asks for an answer in pieces.
    pub(super) fn body(&self, request: &ChatRequest, upstream: &str) -> Value {
        let messages: Vec<Value> =
            request.messages.iter().map(|message| json!({"role": message.role.as_str(), "content": message.content})).collect();
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(upstream));
        body.insert("messages".to_owned(), Value::Array(messages));
        body.insert("stream".to_owned(), json!(true));
        body.insert(self.max_tokens.to_owned(), json!(request.max_output_tokens));
        if let Some(temperature) = request.temperature {
            body.insert("temperature".to_owned(), json!(temperature));
        }
        if let Some(seed) = request.seed {
            body.insert(self.seed.to_owned(), json!(seed));
        }
        if self.stream_options {
            body.insert("stream_options".to_owned(), json!({"include_usage": true}));
        }
        Value::Object(body)
    }
}
