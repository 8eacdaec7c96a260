//! Settings: environment variables and flags of the same meaning, one struct per section, checked as a whole before anything starts.

mod accounts;
mod objects;
mod process;
mod retention;
mod store;
mod tryon;

pub use accounts::AccountSettings;
pub use objects::ObjectSettings;
pub use process::{Environment, LogFormat, ProcessSettings};
pub use retention::RetentionSettings;
pub use store::StoreSettings;
pub use tryon::TryOnSettings;

/// Every setting. `--help` is the reference; an environment variable and its flag mean the same, the flag wins.
#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// The process.
    #[command(flatten, next_help_heading = "Process")]
    pub process: ProcessSettings,
    /// Accounts and mail.
    #[command(flatten, next_help_heading = "Accounts and mail")]
    pub accounts: AccountSettings,
    /// The store.
    #[command(flatten, next_help_heading = "Store")]
    pub store: StoreSettings,
    /// Files.
    #[command(flatten, next_help_heading = "Objects (files)")]
    pub objects: ObjectSettings,
    /// Try-ons and background work.
    #[command(flatten, next_help_heading = "Try-on and background work")]
    pub tryon: TryOnSettings,
    /// How long things are kept.
    #[command(flatten, next_help_heading = "Retention")]
    pub retention: RetentionSettings,
}

/// The settings contradict themselves, ask for something this build has not, or are unsafe for production.
#[derive(Debug, thiserror::Error)]
#[error("the settings are not usable:\n{}", .0.iter().map(|problem| format!("  - {problem}")).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Checks all sections.
    ///
    /// # Errors
    /// [`ConfigError`] with every problem found, each saying what to do.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let production = self.process.app_env == Environment::Production;
        let mut problems = Vec::new();
        self.process.check(&mut problems);
        self.accounts.check(production, &mut problems);
        self.store.check(&mut problems);
        self.objects.check(production, &mut problems);
        self.tryon.check(&mut problems);
        if problems.is_empty() { Ok(()) } else { Err(ConfigError(problems)) }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        config: Config,
    }

    fn parse(arguments: &[&str]) -> Config {
        Command::parse_from([&["test"], arguments].concat()).config
    }

    #[test]
    fn no_setting_at_all_is_a_good_configuration() {
        assert!(parse(&[]).validate().is_ok());
    }

    #[test]
    fn production_refuses_placeholders_and_short_secrets() {
        for secret in ["your-secret-key", "short", "changeme-changeme-changeme-changeme"] {
            let config = parse(&["--app-env", "production", "--jwt-secret-key", secret]);
            let error = config.validate().map_err(|e| e.to_string());
            assert!(error.is_err_and(|text| text.contains("JWT_SECRET_KEY")), "{secret}");
        }
        let good = [
            "--app-env",
            "production",
            "--jwt-secret-key",
            "8f1b6d0e9a7c4e52b3d1f0a98c7e6d5b4a3f2e1d",
            "--public-url",
            "https://a.example",
        ];
        assert!(parse(&good).validate().is_ok());
    }

    #[test]
    fn secrets_are_not_printed_with_the_settings() {
        let config = parse(&["--jwt-secret-key", "8f1b6d0e9a7c4e52b3d1f0a98c7e6d5b4a3f2e1d", "--smtp-url", "smtp://u:hunter2@h"]);
        let printed = format!("{config:?}");
        assert!(!printed.contains("8f1b6d0e") && !printed.contains("hunter2"), "{printed}");
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let config = parse(&["--mongodb-uri", "mongodb://localhost:27017", "--aws-bucket-name", "b", "--bcrypt-cost", "3"]);
        let text = config.validate().map_err(|e| e.to_string()).err().unwrap_or_default();
        for name in ["MONGODB_URI", "AWS_BUCKET_NAME", "BCRYPT_COST"] {
            assert!(text.contains(name), "{name} in {text}");
        }
    }
}
