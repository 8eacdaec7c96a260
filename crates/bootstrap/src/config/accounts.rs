//! Accounts: tokens, passwords, mail.

use atelier_domain::kernel::{ExposeSecret, SecretString};

/// Settings of accounts and mail.
#[derive(Debug, Clone, clap::Args)]
pub struct AccountSettings {
    /// Secret that signs access tokens and from which every other key is derived, at least 32 bytes, the same for all processes; unset: made
    /// once and kept in the data directory (alias JWT_SECRET)
    #[arg(long, env = "JWT_SECRET_KEY", hide_env_values = true)]
    pub jwt_secret_key: Option<SecretString>,
    /// Alias of JWT_SECRET_KEY
    #[arg(long, env = "JWT_SECRET", hide = true, hide_env_values = true)]
    pub jwt_secret: Option<SecretString>,
    /// Signing algorithm; only HS256
    #[arg(long, env = "JWT_ALGORITHM", default_value = "HS256")]
    pub jwt_algorithm: String,
    /// Minutes an access token is good
    #[arg(long, env = "ACCESS_TOKEN_MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub access_token_minutes: u32,
    /// Days a session lives without being refreshed
    #[arg(long, env = "REFRESH_TOKEN_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub refresh_token_days: u32,
    /// Cost of bcrypt; below 12 only outside production
    #[arg(long, env = "BCRYPT_COST", default_value_t = 12)]
    pub bcrypt_cost: u32,
    /// Where mails go, e.g. smtp://user:password@host:587; unset: written to the data directory
    #[arg(long, env = "SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<SecretString>,
    /// Sender of mails
    #[arg(long, env = "MAIL_FROM", default_value = "Atelier <atelier@localhost>")]
    pub mail_from: String,
    /// Address under which people reach this service, for links in mails and signed URLs; unset: http://HOST:PORT
    #[arg(long, env = "PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Version of the consent text people must have agreed to before a try-on; unset: no consent is asked
    #[arg(long, env = "CONSENT_VERSION")]
    pub consent_version: Option<String>,
}

const PLACEHOLDERS: [&str; 6] = ["your-secret-key", "your_secret_key", "changeme", "change-me", "placeholder", "secretkey"];

impl AccountSettings {
    /// The configured signing secret.
    pub fn signing_secret(&self) -> Option<&SecretString> {
        self.jwt_secret_key.as_ref().or(self.jwt_secret.as_ref())
    }

    pub(super) fn check(&self, production: bool, problems: &mut Vec<String>) {
        if self.jwt_algorithm != "HS256" {
            problems.push("JWT_ALGORITHM: only HS256 is supported".to_owned());
        }
        if !(4..=31).contains(&self.bcrypt_cost) {
            problems.push("BCRYPT_COST: must be 4 to 31".to_owned());
        }
        if let Some(url) = &self.public_url
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            problems.push("PUBLIC_URL: must begin with http:// or https://".to_owned());
        }
        if !production {
            return;
        }
        if self.bcrypt_cost < 12 {
            problems.push("BCRYPT_COST: must be at least 12 in production".to_owned());
        }
        match self.signing_secret().map(|secret| secret.expose_secret().to_lowercase()) {
            None => {
                problems.push("JWT_SECRET_KEY: set a random secret of at least 32 bytes in production (openssl rand -hex 32)".to_owned());
            }
            Some(secret) => {
                if secret.len() < 32 || PLACEHOLDERS.iter().any(|placeholder| secret.contains(placeholder)) {
                    problems
                        .push("JWT_SECRET_KEY: is a placeholder or shorter than 32 bytes; make one with: openssl rand -hex 32".to_owned());
                }
            }
        }
        if self.public_url.is_none() {
            problems.push("PUBLIC_URL: set the address people reach this service under in production".to_owned());
        }
    }
}
