//! The Core Database Service's stores.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use atelier_adapter_cosmos::ConnectionString;
use atelier_adapter_http::Deprecations;
use atelier_adapter_postgres::PoolSettings;
use atelier_domain::dataservice::leases::ServiceRegistry;
use atelier_domain::kernel::{ExposeSecret, SecretString};

/// Settings of the Core Database Service.
#[derive(Debug, Clone, clap::Args)]
pub struct DataSettings {
    /// PostgreSQL of the Core Database Service, e.g. postgresql://user:password@localhost:5432/visiobook; unset: its routes answer 503
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,
    /// Connections to PostgreSQL kept open
    #[arg(long, env = "DB_POOL_MIN", default_value_t = 5)]
    pub db_pool_min: u32,
    /// Most connections of this process to PostgreSQL
    #[arg(long, env = "DB_POOL_MAX", default_value_t = NonZeroU32::new(20).unwrap_or(NonZeroU32::MIN))]
    pub db_pool_max: NonZeroU32,
    /// Milliseconds after which an idle connection above the minimum is closed
    #[arg(long, env = "DB_POOL_IDLE_TIMEOUT", default_value_t = 30_000)]
    pub db_pool_idle_timeout: u64,
    /// Most connections leased to services, at PostgreSQL and at Redis each; every one is a connection of that server
    #[arg(long, env = "LEASE_MAX", default_value_t = NonZeroU32::new(20).unwrap_or(NonZeroU32::MIN))]
    pub lease_max: NonZeroU32,
    /// Which services may lease connections for callers of which level, e.g. core-user-service:user|premium|admin,ai-analysis-service:premium;
    /// empty: any service, any level
    #[arg(long, env = "DATA_SERVICES", default_value = "", hide_default_value = true)]
    pub data_services: String,
    /// Where services that lease a connection find the database, when it is not the host of DATABASE_URL: postgresql://host:5432/database
    #[arg(long, env = "LEASE_DATABASE_URL")]
    pub lease_database_url: Option<String>,
    /// Where services that lease a connection find Redis, when it is not the host of REDIS_URL: redis://host:6379
    #[arg(long, env = "LEASE_REDIS_URL")]
    pub lease_redis_url: Option<String>,
    /// Numbers of an embedding; used where the database has the extension vector
    #[arg(long, env = "VECTOR_DIMENSIONS", default_value_t = NonZeroUsize::new(1536).unwrap_or(NonZeroUsize::MIN))]
    pub vector_dimensions: NonZeroUsize,
    /// Routes that are on their way out, as route=since;sunset with days of UTC, e.g. /api/v1/data/query=2026-12-01;2027-12-01; told by the
    /// headers Deprecation, Sunset and Link. A sunset is at least 12 months after the release of the route's successor and 6 months after since
    #[arg(long, env = "API_DEPRECATIONS", default_value = "", hide_default_value = true)]
    pub api_deprecations: String,
    /// Embeddings are kept in the PostgreSQL of DATABASE_URL, with its rows: unset, or the same
    #[arg(long, env = "VECTOR_DB_URL", hide_env_values = true)]
    pub vector_db_url: Option<SecretString>,
    /// Azure Cosmos DB, as its portal shows it: AccountEndpoint=https://…;AccountKey=…; missing database and containers are made at start;
    /// unset: queries and transactions on cosmosdb answer 503
    #[arg(long, env = "COSMOS_CONNECTION_STRING", hide_env_values = true)]
    pub cosmos_connection_string: Option<SecretString>,
    /// Database in Cosmos DB
    #[arg(long, env = "COSMOS_DATABASE", default_value = "visiobook")]
    pub cosmos_database: String,
    /// Azure region this process runs in or is near to: the account's regions are tried from there outwards
    #[arg(long, env = "COSMOS_REGION", default_value = "East US")]
    pub cosmos_region: String,
    /// Seals lease passwords, the transaction log and backups: 32 bytes in hex or base64. Several with commas between to renew it, the newest
    /// first; unset: a key of the installation's own. What was sealed with a lost key is lost
    #[arg(long, env = "DB_ENCRYPTION_KEY", hide_env_values = true)]
    pub db_encryption_key: Option<SecretString>,
    /// The folder of pg_dump and pg_restore, which take and restore backups of the database: of the server's version or newer. Unset: they
    /// are looked for on the PATH
    #[arg(long, env = "POSTGRES_BIN_DIR")]
    pub postgres_bin_dir: Option<PathBuf>,
}

impl DataSettings {
    /// The pool's size and times.
    pub(crate) fn pool(&self) -> PoolSettings {
        PoolSettings {
            min: self.db_pool_min,
            max: self.db_pool_max.get(),
            idle_timeout: Duration::from_millis(self.db_pool_idle_timeout),
            ..PoolSettings::default()
        }
    }

    pub(super) fn check(&self, production: bool, problems: &mut Vec<String>) {
        if self.db_pool_min > self.db_pool_max.get() {
            problems.push("DB_POOL_MIN: must not be more than DB_POOL_MAX".to_owned());
        }
        if let Err(wrong) = ServiceRegistry::parse(&self.data_services) {
            problems.push(wrong.to_string());
        }
        if let Err(wrong) = Deprecations::parse(&self.api_deprecations) {
            problems.push(wrong.to_string());
        }
        let too_simple = |key: &str| key.trim().len() < 32 || key.contains("your-") || key.contains("your_") || key.contains("changeme");
        if production && self.db_encryption_key.as_ref().is_some_and(|keys| keys.expose_secret().split(',').any(too_simple)) {
            problems
                .push("DB_ENCRYPTION_KEY: is a placeholder or shorter than 32 characters; make one with: openssl rand -hex 32".to_owned());
        }
        if let Some(wrong) = self.cosmos_connection_string.as_ref().and_then(|text| text.expose_secret().parse::<ConnectionString>().err())
        {
            problems.push(format!("COSMOS_CONNECTION_STRING: {wrong}"));
        }
        if self.cosmos_connection_string.is_some() && self.database_url.is_none() {
            problems.push("COSMOS_CONNECTION_STRING: needs DATABASE_URL too, the database that decides transactions".to_owned());
        }
        let same = |url: &SecretString| self.database_url.as_ref().is_some_and(|own| own.expose_secret() == url.expose_secret());
        if self.vector_db_url.as_ref().is_some_and(|url| !same(url)) {
            let message = "VECTOR_DB_URL: embeddings are kept in the PostgreSQL of DATABASE_URL, by its extension vector (pgvector), so that one \
                           commit decides for both: leave it unset, or set it to the same URL";
            problems.push(message.to_owned());
        }
        let Some(url) = self.database_url.as_ref().map(ExposeSecret::expose_secret) else { return };
        if !["postgresql://", "postgres://"].iter().any(|scheme| url.starts_with(scheme)) {
            problems.push("DATABASE_URL: must begin with postgresql://".to_owned());
        }
        if production && url.contains("user:password@") {
            problems.push("DATABASE_URL: user:password is a placeholder; use the real user and password".to_owned());
        }
    }
}
