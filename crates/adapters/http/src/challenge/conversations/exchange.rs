//! Answers on their way. Each has a task of its own: a client that goes away, also before its prompt is stored, changes nothing.

use std::future::Future;
use std::sync::Arc;

use atelier_domain::challenge::ChallengeError;
use atelier_domain::challenge::conversations::{AnswerEvent, Asked, ConversationService, Message, MessageRole};
use atelier_domain::challenge::enrolments::QuotaLeft;
use atelier_domain::identity::Actor;
use atelier_domain::kernel::{Coded, ConversationId, IdempotentRequest, MessageId};
use serde_json::json;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::error::ApiError;

/// How far from the end an answer is looked for: behind it are at most what became of it and, since, another exchange or two.
const NEAR_THE_END: u32 = 8;

/// The tasks of the answers on their way.
pub(crate) struct Exchanges {
    tasks: TaskTracker,
    runtime: Handle,
}

impl Exchanges {
    /// Exchanges whose tasks run on `runtime`: the runtimes of the server's workers end with their last connection.
    pub(crate) fn on(runtime: Handle) -> Self {
        Self { tasks: TaskTracker::new(), runtime }
    }

    /// Runs `work` to its end, whatever becomes of the request it is for.
    pub(super) fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.tasks.spawn_on(work.in_current_span(), &self.runtime)
    }

    /// Returns when none is on its way.
    pub(crate) async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// A prompt to be sent.
pub(super) struct Prompt {
    pub(super) conversations: Arc<ConversationService>,
    pub(super) actor: Actor,
    pub(super) conversation_id: ConversationId,
    pub(super) content: String,
    pub(super) idempotent: Option<IdempotentRequest>,
}

impl Prompt {
    /// Sends it and receives the answer. Without a first event it failed before anything was reserved, or was sent before.
    pub(super) async fn answer(&self, tell: impl FnMut(AnswerEvent) + Send) -> Result<(Message, QuotaLeft), ChallengeError> {
        match self.conversations.ask(self.actor, self.conversation_id, &self.content, self.idempotent.as_ref()).await? {
            Asked::Before { answer, quota } => Ok((answer, quota)),
            Asked::Now(exchange) => exchange.run(tell).await,
        }
    }

    /// The tokens of everything that was sent for an answer; none when that cannot be found out any more.
    pub(super) async fn tokens(&self, answer: MessageId) -> Option<u64> {
        let count = self.conversations.get(self.actor, self.conversation_id).await.ok()?.conversation.message_count;
        let skip = count.saturating_sub(NEAR_THE_END);
        let (_, last) = self.conversations.messages(self.actor, self.conversation_id, skip, NEAR_THE_END).await.ok()?;
        let place = last.iter().position(|message| message.id == answer)?;
        last[..place].iter().rev().find(|message| message.role == MessageRole::Student)?.token_count
    }
}

/// What a client is told of a failure: of a provider's what can be done, never the provider's own words. The seconds to wait are in the
/// details too, since a stream has no header left for them.
pub(super) fn failure(error: ChallengeError) -> ApiError {
    let of_provider = match &error {
        ChallengeError::Chat(error) => Some((error.kind, error.retry_after_seconds())),
        _ => None,
    };
    let answer = ApiError::from(error);
    match of_provider {
        Some((kind, retry_after)) => {
            answer.with_message(kind.advice()).with_details(json!({ "retryable": kind.retryable(), "retryAfter": retry_after }))
        }
        None => answer,
    }
}
