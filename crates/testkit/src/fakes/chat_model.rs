//! A language model that says what the test wants.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use atelier_domain::challenge::chat::{
    ChatCompletion, ChatError, ChatErrorKind, ChatEvent, ChatModel, ChatRequest, ChatStream, ChatUsage, FinishReason, ModelSpec, Price,
};
use chrono::NaiveDate;
use futures_util::Stream;
use tokio::sync::Semaphore;

/// How answers go.
#[derive(Debug, Clone, PartialEq)]
pub enum ChatScript {
    /// These pieces, then the end with this usage.
    Answer {
        /// The pieces.
        pieces: Vec<String>,
        /// What the provider counts.
        usage: ChatUsage,
    },
    /// These pieces, then this error.
    Break {
        /// The pieces.
        pieces: Vec<String>,
        /// The error after them.
        error: ChatError,
    },
    /// The request is not taken.
    Refuse(ChatError),
    /// These pieces, then nothing for ever.
    Hang {
        /// The pieces.
        pieces: Vec<String>,
    },
}

/// A provider of one model, `scripted`, with a window of 4096 tokens and a price of one micro-credit for each token. Clones are one provider.
#[derive(Clone)]
pub struct ScriptedChatModel {
    shared: Arc<Shared>,
}

struct Shared {
    specs: Vec<ModelSpec>,
    script: Mutex<ChatScript>,
    asked: Mutex<Vec<ChatRequest>>,
    /// One permit lets one answer begin.
    gate: Option<Semaphore>,
    dropped: AtomicU64,
}

impl ScriptedChatModel {
    /// The model's name.
    pub const NAME: &'static str = "scripted";

    /// A model that follows this script at once.
    pub fn new(script: ChatScript) -> Self {
        Self::with(script, None)
    }

    /// A model whose answers wait, each for one permit of [`ScriptedChatModel::release`].
    pub fn held(script: ChatScript) -> Self {
        Self::with(script, Some(Semaphore::new(0)))
    }

    fn with(script: ChatScript, gate: Option<Semaphore>) -> Self {
        let price = Price { valid_from: NaiveDate::MIN, input: 1_000_000, cached_input: 1_000_000, output: 1_000_000 };
        let spec = ModelSpec {
            name: Self::NAME.to_owned(),
            upstream: Self::NAME.to_owned(),
            context_window: 4_096,
            max_output: 2_048,
            temperature: Some(0.0..=1.0),
            enabled: true,
            prices: vec![price],
        };
        let shared = Shared { specs: vec![spec], script: Mutex::new(script), asked: Mutex::default(), gate, dropped: AtomicU64::new(0) };
        Self { shared: Arc::new(shared) }
    }

    /// Follows another script from now on.
    pub fn follow(&self, script: ChatScript) {
        *self.shared.script.lock().unwrap_or_else(PoisonError::into_inner) = script;
    }

    /// Lets this many answers begin.
    pub fn release(&self, answers: usize) {
        if let Some(gate) = &self.shared.gate {
            gate.add_permits(answers);
        }
    }

    /// Everything that was asked.
    pub fn asked(&self) -> Vec<ChatRequest> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many answers were given up by who received them.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl ChatModel for ScriptedChatModel {
    fn provider(&self) -> &str {
        Self::NAME
    }

    fn models(&self) -> &[ModelSpec] {
        &self.shared.specs
    }

    async fn answer(&self, request: &ChatRequest) -> Result<ChatStream, ChatError> {
        if request.model != Self::NAME {
            return Err(ChatError::refused(ChatErrorKind::ModelNotFound, request.model.clone()));
        }
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        if let Some(gate) = &self.shared.gate {
            gate.acquire().await.unwrap().forget();
        }
        let script = self.shared.script.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let delta = |piece: String| Ok(ChatEvent::Delta(piece));
        let (mut events, hangs) = match script {
            ChatScript::Refuse(error) => return Err(error),
            ChatScript::Answer { pieces, usage } => {
                let end = ChatCompletion { finish_reason: FinishReason::Stop, usage, model_used: format!("{}-1", Self::NAME) };
                let mut events: Vec<_> = pieces.into_iter().map(delta).collect();
                events.push(Ok(ChatEvent::Completed(end)));
                (events, false)
            }
            ChatScript::Break { pieces, error } => {
                let mut events: Vec<_> = pieces.into_iter().map(delta).collect();
                events.push(Err(error));
                (events, false)
            }
            ChatScript::Hang { pieces } => (pieces.into_iter().map(delta).collect(), true),
        };
        events.reverse();
        Ok(Box::pin(Scripted { events, hangs, ended: false, shared: Arc::clone(&self.shared) }))
    }
}

struct Scripted {
    events: Vec<Result<ChatEvent, ChatError>>,
    hangs: bool,
    ended: bool,
    shared: Arc<Shared>,
}

impl Stream for Scripted {
    type Item = Result<ChatEvent, ChatError>;

    fn poll_next(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.events.pop() {
            Some(event) => {
                self.ended = self.events.is_empty() && !self.hangs;
                Poll::Ready(Some(event))
            }
            None if self.hangs => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        if !self.ended {
            self.shared.dropped.fetch_add(1, Ordering::SeqCst);
        }
    }
}
