//! What `atelier-admin` does.

use std::io::{BufRead, stdin};

use atelier_domain::identity::CreateAdmin;
use atelier_domain::kernel::SecretString;

use crate::config::Config;
use crate::embedded::{Embedded, StartError, failed};

/// The operator's commands.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum AdminCommand {
    /// Make an administrator's account; the password (8 characters at least) is the first line of standard input
    CreateAdmin {
        /// The account's e-mail address
        #[arg(long)]
        email: String,
        /// The account's name
        #[arg(long)]
        name: String,
    },
    /// Print the OpenAPI document
    Openapi,
}

/// Runs one command.
///
/// # Errors
/// [`StartError`] when the command cannot be carried out.
pub async fn administer(command: AdminCommand, config: Config) -> Result<(), StartError> {
    match command {
        AdminCommand::CreateAdmin { email, name } => create_admin(&config, email, name).await,
        AdminCommand::Openapi => print_openapi(),
    }
}

async fn create_admin(config: &Config, email: String, name: String) -> Result<(), StartError> {
    let mut line = String::new();
    stdin().lock().read_line(&mut line).map_err(failed("reading the password"))?;
    let password = SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned());
    let product = Embedded::start(config, "http://127.0.0.1").await?;
    let made = product.services.administration.create_admin(CreateAdmin { email, name, password }).await;
    product.close().await;
    let account = made.map_err(failed("the administrator's account"))?;
    tracing::info!(user.id = %account.id, "administrator made");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the document is this command's output")]
fn print_openapi() -> Result<(), StartError> {
    let document = atelier_adapter_http::document(env!("CARGO_PKG_VERSION"));
    let text = serde_json::to_string_pretty(&document).map_err(failed("the OpenAPI document"))?;
    println!("{text}");
    Ok(())
}
