//! The bounded pool, and what it tells about itself.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use atelier_domain::dataservice::DataError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, Postgres};

use crate::error::{ConnectError, data_error};
use crate::transactions::Doubts;

/// How many connections, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSettings {
    /// Connections kept open (`DB_POOL_MIN`).
    pub min: u32,
    /// Never more than so many (`DB_POOL_MAX`).
    pub max: u32,
    /// An idle one above the minimum is closed after so long (`DB_POOL_IDLE_TIMEOUT`).
    pub idle_timeout: Duration,
    /// How long a request waits for a free one.
    pub acquire_timeout: Duration,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self { min: 5, max: 20, idle_timeout: Duration::from_secs(30), acquire_timeout: Duration::from_secs(5) }
    }
}

/// The pool at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStats {
    /// Connections in use.
    pub active: u32,
    /// Connections waiting for work.
    pub idle: u32,
    /// Requests waiting for a connection.
    pub waiting: u64,
    /// Never more than so many.
    pub max: u32,
}

/// The PostgreSQL database of the Core Database Service, shared by its clones.
#[derive(Clone)]
pub struct PgStore {
    pool: PgPool,
    options: PgConnectOptions,
    waiting: Arc<AtomicU64>,
    max: u32,
    metrics: PoolMetrics,
    doubts: Doubts,
}

/// Made once: looking a metric up at each request would cost more than to record it.
#[derive(Clone)]
struct PoolMetrics {
    acquire_seconds: metrics::Histogram,
    timeouts: metrics::Counter,
}

impl PoolMetrics {
    fn new() -> Self {
        let timeouts = metrics::counter!("db_pool_timeouts_total", "database" => "postgresql");
        // Shown before there is one.
        timeouts.increment(0);
        Self { acquire_seconds: metrics::histogram!("db_pool_acquire_seconds", "database" => "postgresql"), timeouts }
    }
}

fn server(options: &PgConnectOptions) -> String {
    format!("{}:{}", options.get_host(), options.get_port())
}

impl PgStore {
    /// Opens a first connection, so that wrong settings are told at once.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(url: &str, settings: PoolSettings) -> Result<Self, ConnectError> {
        // Columns are TIMESTAMP without zone: every session must mean UTC by them.
        let options = PgConnectOptions::from_str(url)
            .map_err(ConnectError::Url)?
            .application_name("atelier")
            .options([("timezone", "UTC"), ("idle_in_transaction_session_timeout", "60000")]);
        let pool = PgPoolOptions::new()
            .min_connections(settings.min)
            .max_connections(settings.max)
            .idle_timeout(settings.idle_timeout)
            .acquire_timeout(settings.acquire_timeout)
            // A broken one is found out by its first statement; asking each time would double the round trips.
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await
            .map_err(|source| match &source {
                sqlx::Error::Database(reported) if reported.code().is_some_and(|code| code.starts_with("28") || code == "3D000") => {
                    ConnectError::Credentials { server: server(&options), source }
                }
                _ => ConnectError::Unreachable { server: server(&options), source },
            })?;
        tracing::info!("Connected to PostgreSQL: {}/{}", server(&options), options.get_database().unwrap_or_default());
        Ok(Self { pool, options, waiting: Arc::default(), max: settings.max, metrics: PoolMetrics::new(), doubts: Doubts::default() })
    }

    /// A connection, in its turn.
    ///
    /// # Errors
    /// [`DataError::Exhausted`] when none is free in time.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Postgres>, DataError> {
        struct Waiting<'a>(&'a AtomicU64);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        if let Some(free) = self.pool.try_acquire() {
            self.metrics.acquire_seconds.record(0.0);
            return Ok(free);
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        let started = Instant::now();
        let connection = self.pool.acquire().await;
        self.metrics.acquire_seconds.record(started.elapsed().as_secs_f64());
        if let Err(sqlx::Error::PoolTimedOut) = connection {
            self.metrics.timeouts.increment(1);
        }
        connection.map_err(data_error)
    }

    /// The pool itself, for statements of the service's own.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Commits whose fate is not known.
    pub(crate) fn doubts(&self) -> &Doubts {
        &self.doubts
    }

    /// How to open a connection beside the pool.
    pub(crate) fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// The pool at this moment.
    pub fn stats(&self) -> PoolStats {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        PoolStats { active: self.pool.size().saturating_sub(idle), idle, waiting: self.waiting.load(Ordering::Relaxed), max: self.max }
    }

    /// Brings the gauges of the pool up to date.
    pub fn measure(&self) {
        let stats = self.stats();
        for (name, value) in [
            ("db_pool_active", f64::from(stats.active)),
            ("db_pool_idle", f64::from(stats.idle)),
            #[expect(clippy::cast_precision_loss, reason = "a gauge")]
            ("db_pool_waiting", stats.waiting as f64),
            ("db_pool_max", f64::from(stats.max)),
        ] {
            metrics::gauge!(name, "database" => "postgresql").set(value);
        }
    }

    /// Whether the server answers.
    pub async fn answers(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.pool).await.is_ok()
    }

    /// Whether there is a table of this name.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn has_table(&self, name: &str) -> Result<bool, DataError> {
        sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(name).fetch_one(&self.pool).await.map_err(data_error)
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
