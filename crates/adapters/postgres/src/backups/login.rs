//! How sessions and programs reach the server.

use std::str::FromStr;

use atelier_backup::BackupError;
use atelier_domain::kernel::{ExposeSecret, SecretString};
use percent_encoding::percent_decode_str;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, PgConnection};
use tokio::process::Command;
use url::Url;

use crate::error::ConnectError;

/// A maintenance statement waits for nobody, and a dump for as long as it takes.
const SESSION: [(&str, &str); 3] = [("timezone", "UTC"), ("idle_in_transaction_session_timeout", "0"), ("statement_timeout", "0")];
/// Where statements go that cannot be made from the database they are about.
const MAINTENANCE: &str = "postgres";

/// The service's login.
#[derive(Clone)]
pub(super) struct Login {
    options: PgConnectOptions,
    password: Option<SecretString>,
    root_certificate: Option<String>,
    database: String,
}

impl Login {
    /// From `DATABASE_URL`.
    pub(super) fn of(url: &SecretString) -> Result<Self, ConnectError> {
        let text = url.expose_secret();
        let options = PgConnectOptions::from_str(text).map_err(ConnectError::Url)?.application_name("atelier-backup").options(SESSION);
        let parsed = Url::parse(text).map_err(|error| ConnectError::Url(sqlx::Error::Configuration(error.into())))?;
        let parameter =
            |called: &[&str]| parsed.query_pairs().find(|(name, _)| called.contains(&&**name)).map(|(_, value)| value.into_owned());
        let password = parsed.password().map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned());
        let database = options.get_database().unwrap_or_else(|| options.get_username()).to_owned();
        Ok(Self {
            password: password.or_else(|| parameter(&["password"])).map(SecretString::from),
            root_certificate: parameter(&["sslrootcert", "ssl-root-cert", "ssl-ca"]),
            database,
            options,
        })
    }

    /// The database of the setting.
    pub(super) fn database(&self) -> &str {
        &self.database
    }

    /// A session in a database.
    pub(super) async fn connect(&self, database: &str) -> Result<PgConnection, sqlx::Error> {
        self.options.clone().database(database).connect().await
    }

    /// A session for statements about databases.
    pub(super) async fn maintenance(&self) -> Result<PgConnection, BackupError> {
        let session = match self.connect(MAINTENANCE).await {
            Ok(session) => Ok(session),
            // Not every server lets everybody in there.
            Err(_no_entry) => self.connect(&self.database).await,
        };
        session.map_err(BackupError::store("connecting to PostgreSQL"))
    }

    /// Tells a program of PostgreSQL how to reach the server: by its environment, which others cannot read.
    pub(super) fn give_to(&self, command: &mut Command) {
        let options = &self.options;
        let host = options.get_socket().map_or_else(|| options.get_host().to_owned(), |socket| socket.display().to_string());
        command.env("PGHOST", host).env("PGPORT", options.get_port().to_string()).env("PGUSER", options.get_username());
        command.env("PGDATABASE", &self.database).env("PGAPPNAME", "atelier-backup").env("PGSSLMODE", ssl_mode(options.get_ssl_mode()));
        for name in ["PGSERVICE", "PGOPTIONS", "PGHOSTADDR"] {
            command.env_remove(name);
        }
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password.expose_secret());
        }
        match (&self.root_certificate, options.get_ssl_mode()) {
            (Some(path), _) => drop(command.env("PGSSLROOTCERT", path)),
            // As the service itself does: by the authorities everybody trusts.
            (None, PgSslMode::VerifyFull) => drop(command.env("PGSSLROOTCERT", "system")),
            _ => {}
        }
    }
}

fn ssl_mode(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}

/// A name as SQL has it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
