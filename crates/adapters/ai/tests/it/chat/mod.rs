//! The chat client: what it sends, what it makes of what comes back, and of what does not.

mod cuts;
mod errors;
mod llama;
mod offline;
mod retries;
mod streaming;
mod table;
mod timeouts;

use std::sync::Arc;
use std::time::Duration;

use atelier_adapter_ai::chat::{ChatProviderSettings, ChatSettings, ChatTimeouts, RetryPolicy, chat_models};
use atelier_domain::challenge::chat::{
    ChatAnswer, ChatCompletion, ChatError, ChatErrorKind, ChatEvent, ChatMessage, ChatModels, ChatRequest, ChatRole,
};
use atelier_domain::kernel::{Clock, SecretString};
use atelier_testkit::FixedClock;
use atelier_testkit::laboratory::chat::{ChatLab, ChatVendor, Turn};
use atelier_testkit::laboratory::{Answer, LabServer};
use futures_util::StreamExt;

const KEY: &str = "sk-laboratory-secret";

/// A model of the built-in table for each vendor.
fn model(vendor: ChatVendor) -> &'static str {
    match vendor {
        ChatVendor::OpenAi => "gpt-4",
        ChatVendor::Mistral => "mistral-small",
    }
}

/// Waits long enough that only a test of timeouts meets one, and asks again at once.
fn patient() -> ChatSettings {
    ChatSettings {
        timeouts: ChatTimeouts { connect: Duration::from_secs(5), first_token: Duration::from_secs(20), idle: Duration::from_secs(20) },
        retry: RetryPolicy { attempts: 2, first_wait: Duration::from_millis(1), longest_wait: Duration::from_secs(5) },
        ..ChatSettings::default()
    }
}

/// The settings with this vendor at this address.
fn at(vendor: ChatVendor, base_url: String, settings: ChatSettings) -> ChatModels {
    let provider = ChatProviderSettings { api_key: Some(SecretString::from(KEY)), base_url: Some(base_url) };
    let settings = match vendor {
        ChatVendor::OpenAi => ChatSettings { openai: provider, ..settings },
        ChatVendor::Mistral => ChatSettings { mistral: provider, ..settings },
    };
    models(&settings)
}

fn models(settings: &ChatSettings) -> ChatModels {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(atelier_testkit::noon()));
    chat_models(settings, &clock).unwrap()
}

fn request(model: &str, text: &str) -> ChatRequest {
    ChatRequest {
        model: model.to_owned(),
        messages: vec![ChatMessage::new(ChatRole::System, "Be brief."), ChatMessage::new(ChatRole::User, text)],
        temperature: Some(0.7),
        max_output_tokens: 512,
        seed: None,
    }
}

/// A vendor with this script, and what is asked of it.
struct Vendor {
    vendor: ChatVendor,
    lab: ChatLab,
    models: ChatModels,
}

impl Vendor {
    async fn with(vendor: ChatVendor, script: Vec<Turn>) -> Self {
        Self::waiting(vendor, script, patient()).await
    }

    async fn waiting(vendor: ChatVendor, script: Vec<Turn>, settings: ChatSettings) -> Self {
        let lab = ChatLab::start(vendor, KEY, script).await;
        let models = at(vendor, lab.base_url(), settings);
        Self { vendor, lab, models }
    }

    fn request(&self, text: &str) -> ChatRequest {
        request(model(self.vendor), text)
    }

    /// Asks and reads to the end.
    async fn ask(&self, text: &str) -> Heard {
        ask(&self.models, &self.request(text)).await
    }
}

/// What came of a question.
#[derive(Debug)]
struct Heard {
    deltas: Vec<String>,
    end: Result<ChatCompletion, ChatError>,
    answer: ChatAnswer,
}

impl Heard {
    fn text(&self) -> String {
        self.deltas.concat()
    }

    fn error(&self) -> &ChatError {
        self.end.as_ref().unwrap_err()
    }

    fn kind(&self) -> ChatErrorKind {
        self.error().kind
    }
}

/// Asks and reads to the end, which must be one item and the last.
async fn ask(models: &ChatModels, request: &ChatRequest) -> Heard {
    let mut answer = ChatAnswer::to(&request.messages);
    let mut deltas = vec![];
    let (_, model) = models.find(&request.model).unwrap();
    let mut stream = match model.answer(request).await {
        Ok(stream) => stream,
        Err(error) => {
            answer.take(Err(error.clone()));
            return Heard { deltas, end: Err(error), answer };
        }
    };
    let end = loop {
        let item = stream.next().await.unwrap();
        answer.take(item.clone());
        match item {
            Ok(ChatEvent::Delta(delta)) => deltas.push(delta),
            Ok(ChatEvent::Completed(completion)) => break Ok(completion),
            Err(error) => break Err(error),
        }
    };
    assert_eq!(stream.next().await, None);
    assert_eq!(answer.text(), deltas.concat());
    Heard { deltas, end, answer }
}

/// Asks an OpenAI-like server that answers everything with this.
async fn ask_for(answer: Answer) -> (Heard, LabServer) {
    let server = LabServer::start(move |_| answer.clone()).await;
    let models = at(ChatVendor::OpenAi, format!("{}/v1", server.url()), patient());
    (ask(&models, &request("gpt-4", "hello")).await, server)
}
