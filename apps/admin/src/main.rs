//! The operator's command line.

use std::process::ExitCode;

use atelier_bootstrap::AdminCommand;
use atelier_bootstrap::config::Config;
use clap::Parser;

/// Atelier's administration. It reads the same settings as the API and works on the same data directory, also while the API runs.
#[derive(Parser)]
#[command(name = "atelier-admin", version, subcommand_required = true, arg_required_else_help = true)]
struct Command {
    #[command(subcommand)]
    command: AdminCommand,
    #[command(flatten)]
    config: Config,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command { command, config } = Command::parse();
    atelier_bootstrap::exit_with(atelier_bootstrap::start_logging(&config.process), atelier_bootstrap::administer(command, config)).await
}
