//! The process: where it listens, what it logs, where its data are.

use std::net::IpAddr;
use std::path::PathBuf;

use atelier_adapter_http::Products;

/// Where the process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Environment {
    /// A developer's machine: convenient defaults.
    Development,
    /// Real users: placeholders and short secrets are refused.
    Production,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Settings of the process.
#[derive(Debug, Clone, clap::Args)]
pub struct ProcessSettings {
    /// Port to listen on; 0 chooses a free one; unset: 8000, or 8095 for the data product alone
    #[arg(long, env = "PORT")]
    pub port: Option<u16>,
    /// Address to listen on; unset: 0.0.0.0 with MongoDB, 127.0.0.1 when embedded
    #[arg(long, env = "HOST")]
    pub host: Option<String>,
    /// Comma list of proxies whose X-Forwarded-For is believed
    #[arg(long, env = "TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<IpAddr>,
    /// Requests per minute of one account
    #[arg(long, env = "RATE_LIMIT_ACCOUNT_PER_MINUTE", default_value_t = 300)]
    pub rate_limit_account_per_minute: u32,
    /// Requests per minute of one address without a token
    #[arg(long, env = "RATE_LIMIT_ADDRESS_PER_MINUTE", default_value_t = 100)]
    pub rate_limit_address_per_minute: u32,
    /// Where the embedded store, files, secrets and undelivered mails are kept
    #[arg(long, env = "DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,
    /// Comma list of products to serve. Accounts are served always
    #[arg(long, env = "PRODUCTS", value_delimiter = ',', default_value = "wearit,challenge,data")]
    pub products: Vec<String>,
    /// Where the process runs
    #[arg(long, env = "APP_ENV", value_enum, default_value_t = Environment::Development)]
    pub app_env: Environment,
    /// Least important log level: error, warn, info, debug, trace; or directives such as info,sqlx=warn
    #[arg(long, env = "LOG_LEVEL", default_value = "info")]
    pub log_level: String,
    /// How log lines look; json in production
    #[arg(long, env = "LOG_FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,
    /// Port that serves /metrics without a token, on PROMETHEUS_HOST; off when unset
    #[arg(long, env = "PROMETHEUS_PORT")]
    pub prometheus_port: Option<u16>,
    /// Address of that port; another than this machine's own is for networks that only the scraper reaches
    #[arg(long, env = "PROMETHEUS_HOST", default_value = "127.0.0.1")]
    pub prometheus_host: IpAddr,
}

impl ProcessSettings {
    /// The log format in force.
    pub fn effective_log_format(&self) -> LogFormat {
        self.log_format.unwrap_or(match self.app_env {
            Environment::Development => LogFormat::Text,
            Environment::Production => LogFormat::Json,
        })
    }

    /// The products that are served; accounts always are.
    pub fn served(&self) -> Products {
        let has = |product: &str| self.products.iter().any(|name| name == product);
        Products { wearit: has("wearit"), challenge: has("challenge"), data: has("data") }
    }

    pub(super) fn check(&self, problems: &mut Vec<String>) {
        let named: Vec<&str> = self.products.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        if named.is_empty() {
            problems.push("PRODUCTS: name at least one of wearit, challenge, data, or leave it out for all".to_owned());
        }
        for product in named {
            match product {
                "wearit" | "challenge" | "data" => {}
                other => problems.push(format!("PRODUCTS: {other} is not a product; use wearit, challenge, data")),
            }
        }
        if self.rate_limit_account_per_minute == 0 || self.rate_limit_address_per_minute == 0 {
            problems.push("RATE_LIMIT_*: must be at least 1".to_owned());
        }
    }
}
