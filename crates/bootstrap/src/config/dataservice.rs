//! The Core Database Service's stores.

use std::num::NonZeroU32;
use std::time::Duration;

use atelier_adapter_postgres::PoolSettings;
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
        let Some(url) = self.database_url.as_ref().map(ExposeSecret::expose_secret) else { return };
        if !["postgresql://", "postgres://"].iter().any(|scheme| url.starts_with(scheme)) {
            problems.push("DATABASE_URL: must begin with postgresql://".to_owned());
        }
        if production && url.contains("user:password@") {
            problems.push("DATABASE_URL: user:password is a placeholder; use the real user and password".to_owned());
        }
    }
}
