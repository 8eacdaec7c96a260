//! From settings to models.

use std::path::PathBuf;
use std::sync::Arc;

use atelier_domain::challenge::chat::{ChatModel, ChatModels, DuplicateModel};
use atelier_domain::kernel::{Clock, ExposeSecret, SecretString};
use reqwest::{Client, Url};

use super::client::{ChatCompletions, ChatTimeouts};
use super::dialect::Dialect;
use super::offline::OfflineModel;
use super::retry::RetryPolicy;
use super::table::{ModelTable, ModelTableError};
use super::transport::{TransportError, client};

/// Where a provider is and how it knows us. It is used when either is set.
#[derive(Debug, Clone, Default)]
pub struct ChatProviderSettings {
    /// The key; none for a server without keys.
    pub api_key: Option<SecretString>,
    /// Another address than the vendor's, up to and with `/v1`.
    pub base_url: Option<String>,
}

/// Which models there are and how they are asked.
#[derive(Debug, Clone, Default)]
pub struct ChatSettings {
    /// OpenAI, or with a base URL any server that speaks like it.
    pub openai: ChatProviderSettings,
    /// Mistral.
    pub mistral: ChatProviderSettings,
    /// A file that adds providers and models to the built-in table and changes its rows.
    pub models_file: Option<PathBuf>,
    /// How long is waited for what.
    pub timeouts: ChatTimeouts,
    /// When a request is sent again.
    pub retry: RetryPolicy,
}

/// Why there are no models.
#[derive(Debug, thiserror::Error)]
pub enum ChatSetupError {
    /// A file cannot be read.
    #[error("{} cannot be read", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The table of models is wrong.
    #[error(transparent)]
    Table(#[from] ModelTableError),
    /// A base URL is none.
    #[error("the base URL of {provider} must be an http or https URL without user and password, such as https://api.openai.com/v1")]
    BaseUrl {
        /// Whose.
        provider: String,
    },
    /// Two providers have one name.
    #[error("the provider {0} is there twice: rename one")]
    DuplicateProvider(String),
    /// Two providers serve a model of one name.
    #[error(transparent)]
    DuplicateModel(#[from] DuplicateModel),
    /// The HTTP client cannot be made.
    #[error("chat models cannot be reached")]
    Transport(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<TransportError> for ChatSetupError {
    fn from(error: TransportError) -> Self {
        Self::Transport(Box::new(error))
    }
}

/// The models of every provider that is configured; without any, the offline model alone.
///
/// Contacts nobody: a wrong key shows at the first question.
///
/// # Errors
/// [`ChatSetupError`], which says what to correct and holds no key.
pub fn chat_models(settings: &ChatSettings, clock: &Arc<dyn Clock>) -> Result<ChatModels, ChatSetupError> {
    let operators = settings.models_file.as_ref().map(read).transpose()?;
    let setup = Setup { settings, clock, table: ModelTable::read(operators.as_deref())?, http: client(settings.timeouts.connect)? };
    let mut providers: Vec<ChatCompletions> = vec![];
    for (vendor, at) in [(Dialect::OPENAI, &settings.openai), (Dialect::MISTRAL, &settings.mistral)] {
        if at.api_key.is_some() || at.base_url.is_some() {
            let base = at.base_url.as_deref().or(vendor.base_url).unwrap_or_default();
            providers.push(setup.provider(vendor.name, spoken(vendor, base), base, at.api_key.clone())?);
        }
    }
    for row in &setup.table.providers {
        if row.name == Dialect::OPENAI.name || row.name == Dialect::MISTRAL.name || providers.iter().any(|known| known.provider == row.name)
        {
            return Err(ChatSetupError::DuplicateProvider(row.name.clone()));
        }
        let key = row.key_file.as_ref().map(read).transpose()?.map(|key| SecretString::from(key.trim()));
        providers.push(setup.provider(&row.name, row.dialect()?, &row.base_url, key)?);
    }
    if providers.is_empty() {
        return Ok(ChatModels::of(vec![Arc::new(OfflineModel)])?);
    }
    Ok(ChatModels::of(providers.into_iter().map(|provider| Arc::new(provider) as Arc<dyn ChatModel>).collect())?)
}

struct Setup<'a> {
    settings: &'a ChatSettings,
    clock: &'a Arc<dyn Clock>,
    table: ModelTable,
    http: Client,
}

impl Setup<'_> {
    fn provider(&self, name: &str, dialect: Dialect, base: &str, key: Option<SecretString>) -> Result<ChatCompletions, ChatSetupError> {
        Ok(ChatCompletions {
            provider: name.to_owned(),
            dialect,
            url: completions(base).ok_or_else(|| ChatSetupError::BaseUrl { provider: name.to_owned() })?,
            key: key.filter(|key| !key.expose_secret().is_empty()),
            models: self.table.of(name),
            timeouts: self.settings.timeouts,
            retry: self.settings.retry,
            http: self.http.clone(),
            clock: self.clock.clone(),
        })
    }
}

/// OpenAI's own fields are for OpenAI: whoever else is at its base URL gets those that all take.
fn spoken(vendor: Dialect, base: &str) -> Dialect {
    let own = vendor
        .base_url
        .and_then(|url| url.parse::<Url>().ok())
        .is_some_and(|own| base.parse::<Url>().is_ok_and(|at| at.host_str() == own.host_str()));
    if vendor == Dialect::OPENAI && !own { Dialect::COMPATIBLE } else { vendor }
}

fn completions(base: &str) -> Option<Url> {
    let mut url: Url = base.parse().ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || !plain {
        return None;
    }
    url.path_segments_mut().ok()?.pop_if_empty().extend(["chat", "completions"]);
    Some(url)
}

fn read(path: &PathBuf) -> Result<String, ChatSetupError> {
    std::fs::read_to_string(path).map_err(|source| ChatSetupError::File { path: path.clone(), source })
}
