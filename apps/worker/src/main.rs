//! The worker: runs background jobs against the same data directory as the API.

use std::process::ExitCode;

use atelier_bootstrap::config::Config;
use clap::Parser;

/// Atelier's worker. It shares the work of the API's own worker; any number may run on one data directory. It reads the same settings.
#[derive(Parser)]
#[command(name = "atelier-worker", version)]
struct Command {
    #[command(flatten)]
    config: Config,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command { config } = Command::parse();
    atelier_bootstrap::exit_with(atelier_bootstrap::start_logging(&config.process), atelier_bootstrap::work(config)).await
}
