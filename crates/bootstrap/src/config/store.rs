//! The store: SQLite in the data directory, or MongoDB.

use std::num::NonZeroUsize;

use atelier_adapter_redis::RedisCluster;
use atelier_domain::kernel::SecretString;

use super::Environment;

/// Settings of the store.
#[derive(Debug, Clone, clap::Args)]
pub struct StoreSettings {
    /// MongoDB replica set, e.g. mongodb://localhost:27017/?replicaSet=rs0; unset: SQLite in DATA_DIR
    #[arg(long, env = "MONGODB_URI", hide_env_values = true)]
    pub mongodb_uri: Option<SecretString>,
    /// Wins over MONGODB_URI when APP_ENV is production
    #[arg(long, env = "MONGODB_URI_PROD", hide_env_values = true)]
    pub mongodb_uri_prod: Option<SecretString>,
    /// Wins over MONGODB_URI when APP_ENV is development
    #[arg(long, env = "MONGODB_URI_DEV", hide_env_values = true)]
    pub mongodb_uri_dev: Option<SecretString>,
    /// Database in MongoDB
    #[arg(long, env = "MONGODB_DATABASE", default_value = "wearit")]
    pub mongodb_database: String,
    /// Wins over MONGODB_DATABASE when APP_ENV is production
    #[arg(long, env = "MONGODB_DATABASE_PROD")]
    pub mongodb_database_prod: Option<String>,
    /// Wins over MONGODB_DATABASE when APP_ENV is development
    #[arg(long, env = "MONGODB_DATABASE_DEV")]
    pub mongodb_database_dev: Option<String>,
    /// Most connections of this process to each MongoDB server
    #[arg(long, env = "MONGODB_MAX_POOL_SIZE", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub mongodb_max_pool_size: u32,
    /// Redis for rate limits and failed sign-ins shared by all processes, e.g. redis://localhost:6379; unset: each process counts for itself
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<SecretString>,
    /// Connections of this process to Redis; each carries many commands at once
    #[arg(long, env = "REDIS_POOL_SIZE", default_value_t = NonZeroUsize::new(10).unwrap_or(NonZeroUsize::MIN))]
    pub redis_pool_size: NonZeroUsize,
    /// Redis for the answers of queries alone, which may be a cluster: its nodes with commas between, e.g.
    /// redis://a:6379,redis://b:6379; unset: REDIS_URL
    #[arg(long, env = "REDIS_CACHE_URL", hide_env_values = true)]
    pub redis_cache_url: Option<SecretString>,
}

impl StoreSettings {
    /// Where MongoDB is and which database is ours, when it is used: the variant for the environment wins (checklist CW13).
    pub fn mongodb(&self, environment: Environment) -> Option<(&SecretString, &str)> {
        let (uri, database) = match environment {
            Environment::Production => (&self.mongodb_uri_prod, &self.mongodb_database_prod),
            Environment::Development => (&self.mongodb_uri_dev, &self.mongodb_database_dev),
        };
        let uri = uri.as_ref().or(self.mongodb_uri.as_ref())?;
        Some((uri, database.as_ref().unwrap_or(&self.mongodb_database)))
    }

    pub(super) fn check(&self, environment: Environment, problems: &mut Vec<String>) {
        use atelier_domain::kernel::ExposeSecret;
        if self.redis_url.as_ref().is_some_and(|url| RedisCluster::is_named_by(url.expose_secret())) {
            let message = "REDIS_URL: is for a single server, which leases, transactions and shared limits need; name the nodes of a cluster in \
                           REDIS_CACHE_URL, where answers are kept";
            problems.push(message.to_owned());
        }
        let Some((uri, database)) = self.mongodb(environment) else { return };
        if !["mongodb://", "mongodb+srv://"].iter().any(|scheme| uri.expose_secret().starts_with(scheme)) {
            problems.push("MONGODB_URI: must begin with mongodb:// or mongodb+srv://".to_owned());
        }
        if environment == Environment::Production && uri.expose_secret().contains("username:password@") {
            problems.push("MONGODB_URI: username:password is a placeholder; use the real user and password".to_owned());
        }
        if database.is_empty() || database.contains(['/', '\\', '.', ' ', '"', '$', '\0']) {
            problems.push(format!("MONGODB_DATABASE: {database:?} is not a name MongoDB allows"));
        }
    }
}
