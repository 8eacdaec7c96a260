//! Accounts.

use std::io::{BufRead, stdin};

use atelier_domain::identity::CreateAdmin;
use atelier_domain::kernel::SecretString;

use crate::config::Config;
use crate::product::{Product, StartError, TryOnEngines, failed};

pub(super) async fn create_admin(config: &Config, email: String, name: String) -> Result<(), StartError> {
    let mut line = String::new();
    stdin().lock().read_line(&mut line).map_err(failed("reading the password"))?;
    let password = SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned());
    let product = Product::start_with(config, "http://127.0.0.1", TryOnEngines::default()).await?;
    let made = product.services.administration.create_admin(CreateAdmin { email, name, password }).await;
    product.close().await;
    let account = made.map_err(failed("the administrator's account"))?;
    tracing::info!(user.id = %account.id, "administrator made");
    Ok(())
}
