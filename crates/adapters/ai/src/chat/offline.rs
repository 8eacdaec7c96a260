//! The model that answers where no provider is configured. It does not pretend to be one.

use std::sync::LazyLock;

use atelier_domain::challenge::chat::{
    ChatCompletion, ChatError, ChatErrorKind, ChatEvent, ChatModel, ChatRequest, ChatRole, ChatStream, ChatUsage, FinishReason, ModelSpec,
    Price, estimated_tokens,
};
use chrono::NaiveDate;
use futures_util::stream;

/// The offline model's name.
pub const OFFLINE_MODEL: &str = "offline";

/// How much of the last message is quoted.
const QUOTED_CHARS: usize = 80;

static SPECS: LazyLock<[ModelSpec; 1]> = LazyLock::new(|| {
    [ModelSpec {
        name: OFFLINE_MODEL.to_owned(),
        upstream: OFFLINE_MODEL.to_owned(),
        context_window: 8_192,
        max_output: 4_096,
        temperature: Some(0.0..=2.0),
        enabled: true,
        prices: vec![Price { valid_from: NaiveDate::default(), input: 0, cached_input: 0, output: 0 }],
    }]
});

/// Answers the same to the same conversation, whatever the temperature and the seed; a word a piece, at no cost.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OfflineModel;

#[async_trait::async_trait]
impl ChatModel for OfflineModel {
    fn provider(&self) -> &str {
        OFFLINE_MODEL
    }

    fn models(&self) -> &[ModelSpec] {
        &*SPECS
    }

    async fn answer(&self, request: &ChatRequest) -> Result<ChatStream, ChatError> {
        if request.model != OFFLINE_MODEL {
            return Err(ChatError::refused(ChatErrorKind::ModelNotFound, format!("offline has no model {}", request.model)));
        }
        let mut events = vec![];
        let mut tokens = 0;
        let mut finish_reason = FinishReason::Stop;
        for word in text(request).split_inclusive(' ') {
            if tokens + estimated_tokens(word) > u64::from(request.max_output_tokens) {
                finish_reason = FinishReason::Length;
                break;
            }
            tokens += estimated_tokens(word);
            events.push(Ok(ChatEvent::Delta(word.to_owned())));
        }
        let usage =
            ChatUsage { prompt: ChatUsage::of_prompt(&request.messages), completion: tokens, estimated: true, ..ChatUsage::default() };
        events.push(Ok(ChatEvent::Completed(ChatCompletion { finish_reason, usage, model_used: OFFLINE_MODEL.to_owned() })));
        Ok(Box::pin(stream::iter(events)))
    }
}

fn text(request: &ChatRequest) -> String {
    let said = request.messages.iter().filter(|message| message.role == ChatRole::User).count();
    let last = request.messages.iter().rev().find(|message| message.role == ChatRole::User);
    let last = last.map(|message| message.content.trim()).unwrap_or_default();
    let quoted: String = last.chars().take(QUOTED_CHARS).collect();
    let more = if last.chars().nth(QUOTED_CHARS).is_some() { "…" } else { "" };
    format!(
        "This is the offline model: no language model is configured here, and nothing has understood your message. It is message {said} of \
         yours, of {} characters, and begins: \u{201c}{quoted}{more}\u{201d}. An operator gets real answers by setting OPENAI_API_KEY or \
         MISTRAL_API_KEY.",
        last.chars().count()
    )
}
