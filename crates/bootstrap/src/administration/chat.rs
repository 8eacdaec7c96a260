//! Trying chat models.

use std::io::Write;
use std::sync::Arc;

use atelier_adapter_ai::chat::chat_models;
use atelier_adapter_credentials::SystemClock;
use atelier_domain::challenge::chat::{ChatEvent, ChatMessage, ChatModels, ChatRequest, ChatRole};
use atelier_domain::kernel::Clock;
use futures_util::StreamExt;

use super::print;
use crate::config::Config;
use crate::product::{StartError, failed};

/// Longest answer, in tokens, where the model gives as much.
const MOST_TOKENS: u32 = 1_024;

pub(super) async fn chat(config: &Config, question: Option<String>, model: Option<String>) -> Result<(), StartError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let models = chat_models(&config.chat.adapter(), &clock).map_err(failed("the chat models"))?;
    match question {
        Some(question) => ask(&models, question, model).await,
        None => {
            for model in models.enabled() {
                print(&format!("{}  {} tokens of context, {} of answer", model.name, model.context_window, model.max_output));
            }
            Ok(())
        }
    }
}

async fn ask(models: &ChatModels, question: String, model: Option<String>) -> Result<(), StartError> {
    let part = "the chat";
    let name = match model.or_else(|| models.enabled().next().map(|model| model.name.clone())) {
        Some(name) => name,
        None => return Err(failed(part)("no model is enabled: see docs/guides/chat-models.md".to_owned())),
    };
    let (spec, provider) = models.find(&name).map_err(failed(part))?;
    let request = ChatRequest {
        model: name,
        messages: vec![ChatMessage::new(ChatRole::User, question)],
        temperature: None,
        max_output_tokens: MOST_TOKENS.min(spec.max_output),
        seed: None,
    };
    let mut answer = provider.answer(&request).await.map_err(failed(part))?;
    while let Some(event) = answer.next().await {
        match event.map_err(failed(part))? {
            ChatEvent::Delta(text) => show(&text).map_err(failed(part))?,
            ChatEvent::Completed(end) => {
                let usage = end.usage;
                print(&format!("\n[{}: {} tokens of question, {} of answer]", end.model_used, usage.prompt, usage.completion));
            }
        }
    }
    Ok(())
}

/// A piece of an answer, shown at once.
fn show(text: &str) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}
