//! Try-ons and background work.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::worker::WorkerTimes;

/// Settings of try-ons and background work.
#[derive(Debug, Clone, clap::Args)]
pub struct TryOnSettings {
    /// Comma list of providers in order of preference; this version has local, which runs on the CPU without key or network
    #[arg(long, env = "TRYON_PROVIDERS", value_delimiter = ',', default_value = "local")]
    pub tryon_providers: Vec<String>,
    /// Jobs run at the same time by one process; unset: one per core
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
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.worker_concurrency.map_or_else(cores, NonZeroUsize::get)
    }

    pub(super) fn check(&self, problems: &mut Vec<String>) {
        for provider in self.tryon_providers.iter().filter(|name| *name != "local") {
            problems.push(format!("TRYON_PROVIDERS: {provider} is not part of this version; use local"));
        }
    }
}
