//! Try-ons and background work.

use std::num::NonZeroUsize;

/// Settings of try-ons and background work.
#[derive(Debug, Clone, clap::Args)]
pub struct TryOnSettings {
    /// Comma list of providers in order of preference; this version has local, which runs on the CPU without key or network
    #[arg(long, env = "TRYON_PROVIDERS", value_delimiter = ',', default_value = "local")]
    pub tryon_providers: Vec<String>,
    /// Jobs run at the same time by one process; unset: one per core
    #[arg(long, env = "WORKER_CONCURRENCY")]
    pub worker_concurrency: Option<NonZeroUsize>,
    /// Whether the API process runs jobs too
    #[arg(long, env = "EMBEDDED_WORKER", default_value_t = true, action = clap::ArgAction::Set)]
    pub embedded_worker: bool,
}

impl TryOnSettings {
    /// Jobs run at the same time.
    pub fn concurrency(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.worker_concurrency.map_or_else(cores, NonZeroUsize::get)
    }

    pub(super) fn check(&self, problems: &mut Vec<String>) {
        for provider in self.tryon_providers.iter().filter(|name| *name != "local") {
            problems.push(format!("TRYON_PROVIDERS: {provider} is not part of this version; use local"));
        }
    }
}
