//! Chat models.

use std::path::PathBuf;

use atelier_adapter_ai::chat::{ChatProviderSettings, ChatSettings};
use atelier_domain::kernel::{ExposeSecret, SecretString};

/// Settings of chat models.
#[derive(Debug, Clone, clap::Args)]
pub struct ChatModelSettings {
    /// Key of the account at OpenAI
    #[arg(long, env = "OPENAI_API_KEY", hide_env_values = true)]
    pub openai_api_key: Option<SecretString>,
    /// A server that speaks as OpenAI does, up to and with /v1: llama.cpp, vLLM, Ollama, a gateway
    #[arg(long, env = "OPENAI_BASE_URL")]
    pub openai_base_url: Option<String>,
    /// Key of the account at Mistral
    #[arg(long, env = "MISTRAL_API_KEY", hide_env_values = true)]
    pub mistral_api_key: Option<SecretString>,
    /// Another address of Mistral's API
    #[arg(long, env = "MISTRAL_BASE_URL")]
    pub mistral_base_url: Option<String>,
    /// File of chat providers and models; adds to the built-in table (docs/guides/chat-models.md)
    #[arg(long, env = "CHAT_MODELS_FILE")]
    pub chat_models_file: Option<PathBuf>,
}

impl ChatModelSettings {
    /// What the adapter is given; an empty setting is none.
    pub fn adapter(&self) -> ChatSettings {
        let provider = |key: &Option<SecretString>, url: &Option<String>| ChatProviderSettings {
            api_key: key.clone().filter(|key| !key.expose_secret().is_empty()),
            base_url: url.clone().filter(|url| !url.is_empty()),
        };
        ChatSettings {
            openai: provider(&self.openai_api_key, &self.openai_base_url),
            mistral: provider(&self.mistral_api_key, &self.mistral_base_url),
            models_file: self.chat_models_file.clone(),
            ..ChatSettings::default()
        }
    }
}
