//! The API: the HTTP surface, and in embedded mode the worker in the same process.

use std::process::ExitCode;

use atelier_bootstrap::config::Config;
use clap::Parser;

/// Atelier's API. With no setting at all it runs embedded: SQLite and files in ./data, jobs in the same process, a local try-on
/// engine that needs no key and no network. Every setting is an environment variable or the flag of the same meaning; the flag wins.
#[derive(Parser)]
#[command(name = "atelier-api", version)]
struct Command {
    #[command(flatten)]
    config: Config,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command { config } = Command::parse();
    atelier_bootstrap::exit_with(atelier_bootstrap::start_logging(&config.process), atelier_bootstrap::serve(config)).await
}
