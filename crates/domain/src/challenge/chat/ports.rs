//! The port to language models.

use std::pin::Pin;

use futures_core::Stream;

use super::{ChatError, ChatRequest, ChatUsage, FinishReason, ModelSpec};

/// A piece of an answer, or its end.
#[derive(Debug, Clone, PartialEq)]
pub enum ChatEvent {
    /// The next piece of the text; never empty.
    Delta(String),
    /// The answer is whole. Nothing follows.
    Completed(ChatCompletion),
}

/// How an answer ended, and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatCompletion {
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// What it took; estimated where the provider did not say.
    pub usage: ChatUsage,
    /// The provider's own name of the model that answered, with its version where the provider tells it.
    pub model_used: String,
}

/// An answer as it arrives.
pub type ChatStream = Pin<Box<dyn Stream<Item = Result<ChatEvent, ChatError>> + Send>>;

/// A provider of language models.
#[async_trait::async_trait]
pub trait ChatModel: Send + Sync {
    /// The provider's name, e.g. `openai`.
    fn provider(&self) -> &str;

    /// The models it serves.
    fn models(&self) -> &[ModelSpec];

    /// Asks for an answer, and returns when its first piece, or its end, is there.
    ///
    /// Until then an adapter may try again, within bounds, where [`ChatErrorKind::retryable`](super::ChatErrorKind::retryable) says that it
    /// can help; from then on it MUST NOT, since the person has read part of the answer and the operator has paid for it.
    ///
    /// The stream is deltas in their order and then exactly one [`ChatEvent::Completed`], or one error; nothing follows either. An answer that
    /// was cut off MUST end in an error, never in `Completed`. Whatever was delivered before an error stays good.
    ///
    /// The answer goes on for as long as the stream is read. Dropping the stream, or this future, MUST make the provider stop: that is how an
    /// answer is stopped. Who wants the exact usage after a client has gone reads on instead.
    ///
    /// # Errors
    /// [`ChatError`]: from here when there is no piece of an answer, else from the stream. MUST be
    /// [`ModelNotFound`](super::ChatErrorKind::ModelNotFound), without a request, for a model not in [`models`](ChatModel::models).
    async fn answer(&self, request: &ChatRequest) -> Result<ChatStream, ChatError>;
}
