//! Settings: environment variables and flags of the same meaning, one struct per section, checked as a whole before anything starts.

mod accounts;
mod challenge;
mod chat;
mod dataservice;
mod objects;
mod process;
mod quotas;
mod retention;
mod store;
mod tryon;
mod webhooks;

use std::path::PathBuf;

pub use accounts::AccountSettings;
pub use challenge::ChallengeSettings;
pub use chat::ChatModelSettings;
pub use dataservice::DataSettings;
pub use objects::ObjectSettings;
pub use process::{Environment, LogFormat, ProcessSettings};
pub use quotas::QuotaSettings;
pub use retention::{BackupLayout, RetentionSettings};
pub use store::StoreSettings;
pub use tryon::{ProviderInputs, TryOnSettings};
pub use webhooks::WebhookSettings;

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
    /// What people may use.
    #[command(flatten, next_help_heading = "Quotas")]
    pub quotas: QuotaSettings,
    /// Outgoing webhooks.
    #[command(flatten, next_help_heading = "Outgoing webhooks")]
    pub webhooks: WebhookSettings,
    /// Prompt Challenge.
    #[command(flatten, next_help_heading = "Prompt Challenge")]
    pub challenge: ChallengeSettings,
    /// Chat models.
    #[command(flatten, next_help_heading = "Chat models")]
    pub chat: ChatModelSettings,
    /// The Core Database Service.
    #[command(flatten, next_help_heading = "Core Database Service")]
    pub data: DataSettings,
    /// How long things are kept, and their backups.
    #[command(flatten, next_help_heading = "Retention and backups")]
    pub retention: RetentionSettings,
}

/// The settings contradict themselves, ask for something this build has not, or are unsafe for production.
#[derive(Debug, thiserror::Error)]
#[error("the settings are not usable:\n{}", .0.iter().map(|problem| format!("  - {problem}")).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Whether everything is in the data directory of one machine: no database server was named.
    pub fn is_embedded(&self) -> bool {
        self.store.mongodb(self.process.app_env).is_none()
    }

    /// The address to listen on.
    pub fn host(&self) -> &str {
        let usual = if self.is_embedded() { "127.0.0.1" } else { "0.0.0.0" };
        self.process.host.as_deref().unwrap_or(usual)
    }

    /// The port to listen on: the Core Database Service alone has one of its own (V7).
    pub fn port(&self) -> u16 {
        let served = self.process.served();
        let usual = if served.data && !served.wearit && !served.challenge { 8095 } else { 8000 };
        self.process.port.unwrap_or(usual)
    }

    /// Whether the API process runs jobs too.
    pub fn embedded_worker(&self) -> bool {
        self.tryon.embedded_worker.unwrap_or_else(|| self.is_embedded())
    }

    /// Where backups are kept (checklist W108, P217, CX6).
    pub fn backup_dir(&self) -> PathBuf {
        match (&self.retention.backup_dir, self.retention.backup_layout, self.is_embedded()) {
            (Some(folder), ..) => folder.clone(),
            (None, BackupLayout::DailyFolder, _) => PathBuf::from("./backup"),
            (None, BackupLayout::Archive, false) => PathBuf::from("/backups/mongodb"),
            (None, BackupLayout::Archive, true) => self.process.data_dir.join("backups"),
        }
    }

    /// Where backups of the Core Database Service are kept: a folder of their own beside those of the other products.
    pub fn postgres_backup_dir(&self) -> PathBuf {
        match (&self.retention.backup_dir, self.is_embedded()) {
            (Some(folder), _) => folder.join("postgresql"),
            (None, false) => PathBuf::from("/backups/postgresql"),
            (None, true) => self.process.data_dir.join("backups/postgresql"),
        }
    }

    /// Checks all sections.
    ///
    /// # Errors
    /// [`ConfigError`] with every problem found, each saying what to do.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let production = self.process.app_env == Environment::Production;
        let mut problems = Vec::new();
        self.process.check(&mut problems);
        self.accounts.check(production, &mut problems);
        self.store.check(self.process.app_env, &mut problems);
        self.objects.check(self.process.app_env, &mut problems);
        self.tryon.check(&mut problems);
        self.webhooks.check(&mut problems);
        self.data.check(production, &mut problems);
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
    fn a_database_server_makes_the_process_one_of_many() {
        let embedded = parse(&[]);
        assert_eq!((embedded.is_embedded(), embedded.host(), embedded.embedded_worker()), (true, "127.0.0.1", true));
        let one_of_many = parse(&["--mongodb-uri", "mongodb://localhost:27017"]);
        assert_eq!((one_of_many.is_embedded(), one_of_many.host(), one_of_many.embedded_worker()), (false, "0.0.0.0", false));
        assert!(one_of_many.validate().is_ok());
        let asked = parse(&["--mongodb-uri", "mongodb://localhost:27017", "--embedded-worker", "true", "--host", "::1"]);
        assert_eq!((asked.host(), asked.embedded_worker()), ("::1", true));
    }

    #[test]
    fn the_variant_for_the_environment_wins() {
        use atelier_domain::kernel::ExposeSecret;
        let arguments = [
            "--mongodb-uri=mongodb://plain",
            "--mongodb-uri-prod=mongodb://production",
            "--mongodb-database-prod=wearit_prod",
            "--aws-bucket-name=plain",
            "--aws-bucket-name-dev=wearit-storage-dev",
        ];
        let config = parse(&arguments);
        let chosen = |environment| {
            let (uri, database) = config.store.mongodb(environment).unwrap_or_else(|| unreachable!("it is set"));
            (uri.expose_secret(), database, config.objects.bucket(environment))
        };
        assert_eq!(chosen(Environment::Development), ("mongodb://plain", "wearit", Some("wearit-storage-dev")));
        assert_eq!(chosen(Environment::Production), ("mongodb://production", "wearit_prod", Some("plain")));
    }

    #[test]
    fn backups_are_where_the_source_documents_have_them_unless_told_otherwise() {
        let mongodb = "--mongodb-uri=mongodb://localhost:27017";
        for (arguments, expected) in [
            (vec![mongodb], "/backups/mongodb"),
            (vec![], "./data/backups"),
            (vec![mongodb, "--backup-layout=daily-folder"], "./backup"),
            (vec![mongodb, "--backup-dir=/mnt/b"], "/mnt/b"),
        ] {
            assert_eq!(parse(&arguments).backup_dir(), PathBuf::from(expected), "{arguments:?}");
        }
        for (arguments, expected) in [
            (vec![mongodb], "/backups/postgresql"),
            (vec![], "./data/backups/postgresql"),
            (vec!["--backup-layout=daily-folder", "--backup-dir=/mnt/b"], "/mnt/b/postgresql"),
        ] {
            assert_eq!(parse(&arguments).postgres_backup_dir(), PathBuf::from(expected), "{arguments:?}");
        }
        assert_eq!(parse(&[]).retention.backup_keep_days, 30);
    }

    #[test]
    fn every_product_is_served_unless_some_are_named_and_none_is_refused() {
        use atelier_adapter_http::Products;
        assert_eq!(parse(&[]).process.served(), Products::ALL);
        let one = parse(&["--products", "challenge"]);
        assert!(one.validate().is_ok());
        assert_eq!((one.process.served(), one.port()), (Products { wearit: false, challenge: true, data: false }, 8000));
        assert_eq!(parse(&["--products", "data"]).port(), 8095);
        assert_eq!(parse(&["--products", "data", "--port", "1"]).port(), 1);
        for refused in ["", ",", "wearit,shop"] {
            let text = parse(&["--products", refused]).validate().map_err(|error| error.to_string()).err().unwrap_or_default();
            assert!(text.contains("PRODUCTS"), "{refused:?}");
        }
    }

    #[test]
    fn secrets_are_not_printed_with_the_settings() {
        let config = parse(&[
            "--jwt-secret-key",
            "8f1b6d0e9a7c4e52b3d1f0a98c7e6d5b4a3f2e1d",
            "--smtp-url",
            "smtp://u:hunter2@h",
            "--mongodb-uri",
            "mongodb://u:hunter2@h",
            "--redis-url",
            "redis://:hunter2@h",
        ]);
        let printed = format!("{config:?}");
        assert!(!printed.contains("8f1b6d0e") && !printed.contains("hunter2"), "{printed}");
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let config = parse(&["--mongodb-uri", "localhost:27017", "--aws-bucket-name", "b", "--bcrypt-cost", "3"]);
        let text = config.validate().map_err(|e| e.to_string()).err().unwrap_or_default();
        for name in ["MONGODB_URI", "AWS_ACCESS_KEY_ID", "BCRYPT_COST"] {
            assert!(text.contains(name), "{name} in {text}");
        }
    }
}
