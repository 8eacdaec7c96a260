//! Try-ons and background work.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use atelier_domain::kernel::SecretString;

use crate::worker::WorkerTimes;

/// How pictures reach providers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ProviderInputs {
    /// Signed addresses of the object store, which the provider must be able to reach
    Url,
    /// In the request itself; at Replicate larger ones are uploaded
    #[default]
    Inline,
    /// Uploaded first, where the provider takes uploads
    Upload,
}

/// Settings of try-ons and background work.
#[derive(Debug, Clone, clap::Args)]
pub struct TryOnSettings {
    /// Comma list of providers in order of preference: local (on the CPU, without key or network), cog, replicate, fashn
    #[arg(long, env = "TRYON_PROVIDERS", value_delimiter = ',', default_value = "local")]
    pub tryon_providers: Vec<String>,
    /// File of models and what their inputs are called; adds to the built-in table (docs/guides/try-on-providers.md)
    #[arg(long, env = "TRYON_MODELS_FILE")]
    pub tryon_models_file: Option<PathBuf>,
    /// How pictures reach providers
    #[arg(long, env = "TRYON_INPUTS", value_enum, default_value_t)]
    pub tryon_inputs: ProviderInputs,
    /// Most pictures each provider makes for one process at a time
    #[arg(long, env = "PROVIDER_CONCURRENCY", default_value = "4")]
    pub provider_concurrency: NonZeroUsize,
    /// Most requests a minute of one process to each provider; unset: as many as it takes
    #[arg(long, env = "PROVIDER_REQUESTS_PER_MINUTE")]
    pub provider_requests_per_minute: Option<NonZeroU32>,
    /// A Cog server that runs COG_MODEL, e.g. http://gpu-1:5000
    #[arg(long, env = "COG_URL")]
    pub cog_url: Option<String>,
    /// The model behind COG_URL, as the table of models names it
    #[arg(long, env = "COG_MODEL", default_value = "idm-vton")]
    pub cog_model: String,
    /// Bearer token of a gateway before the Cog server
    #[arg(long, env = "COG_TOKEN", hide_env_values = true)]
    pub cog_token: Option<SecretString>,
    /// Most pictures the Cog server makes at a time
    #[arg(long, env = "COG_CONCURRENCY", default_value = "1")]
    pub cog_concurrency: NonZeroUsize,
    /// API token of the account at Replicate
    #[arg(long, env = "REPLICATE_API_TOKEN", hide_env_values = true)]
    pub replicate_api_token: Option<SecretString>,
    /// What Replicate signs its messages with (whsec_…); without it its messages are not asked for
    #[arg(long, env = "REPLICATE_WEBHOOK_SECRET", hide_env_values = true)]
    pub replicate_webhook_secret: Option<SecretString>,
    /// Comma list of models at Replicate, preferred ones first; unset: all of the table
    #[arg(long, env = "REPLICATE_MODELS", value_delimiter = ',')]
    pub replicate_models: Vec<String>,
    /// Another address of Replicate's API
    #[arg(long, env = "REPLICATE_BASE_URL")]
    pub replicate_base_url: Option<String>,
    /// API key of the account at FASHN
    #[arg(long, env = "FASHN_API_KEY", hide_env_values = true)]
    pub fashn_api_key: Option<SecretString>,
    /// Comma list of models at FASHN, preferred ones first; unset: all of the table
    #[arg(long, env = "FASHN_MODELS", value_delimiter = ',')]
    pub fashn_models: Vec<String>,
    /// Another address of FASHN's API
    #[arg(long, env = "FASHN_BASE_URL")]
    pub fashn_base_url: Option<String>,
    /// Jobs run at the same time by one process; unset: one per core, and where others make the pictures as many as they may be asked for
    #[arg(long, env = "WORKER_CONCURRENCY")]
    pub worker_concurrency: Option<NonZeroUsize>,
    /// Seconds after which a job of a process that died is given to another one
    #[arg(long, env = "WORKER_LEASE_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(3..=600))]
    pub worker_lease_seconds: u32,
    /// Whether the API process runs jobs too; unset: not with MongoDB (start atelier-worker), true when embedded
    #[arg(long, env = "EMBEDDED_WORKER", action = clap::ArgAction::Set)]
    pub embedded_worker: Option<bool>,
}

impl TryOnSettings {
    /// How long things take in this process's worker.
    pub fn worker_times(&self) -> WorkerTimes {
        WorkerTimes { lease: Duration::from_secs(self.worker_lease_seconds.into()), ..WorkerTimes::default() }
    }

    /// Jobs run at the same time.
    pub fn concurrency(&self) -> usize {
        let usual = || {
            let remote = self.tryon_providers.iter().filter(|name| *name != "local").count();
            cores() + remote * self.provider_concurrency.get()
        };
        self.worker_concurrency.map_or_else(usual, NonZeroUsize::get)
    }

    /// Pictures, passwords and the like worked on at the same time by this process's own processors.
    pub fn own_concurrency(&self) -> usize {
        self.worker_concurrency.map_or_else(cores, NonZeroUsize::get).min(cores().max(1))
    }

    pub(super) fn check(&self, problems: &mut Vec<String>) {
        for (number, name) in self.tryon_providers.iter().enumerate() {
            let needs = match name.as_str() {
                "local" => None,
                "cog" => self.cog_url.is_none().then_some("COG_URL"),
                "replicate" => self.replicate_api_token.is_none().then_some("REPLICATE_API_TOKEN"),
                "fashn" => self.fashn_api_key.is_none().then_some("FASHN_API_KEY"),
                other => {
                    problems.push(format!("TRYON_PROVIDERS: there is no provider {other}; there are local, cog, replicate, fashn"));
                    continue;
                }
            };
            if let Some(setting) = needs {
                problems.push(format!("TRYON_PROVIDERS: {name} needs {setting}"));
            }
            if self.tryon_providers[..number].contains(name) {
                problems.push(format!("TRYON_PROVIDERS: {name} is there twice"));
            }
        }
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
