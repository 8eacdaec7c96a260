//! A few multiplexed connections that re-open themselves.

use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, RedisResult};
use url::Url;

/// A counter that answers later than this is as good as away.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_millis(250);
pub(crate) const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// Redis cannot be used; the message says what to do and never holds the password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is none.
    #[error("REDIS_URL must look like redis://[user:password@]host:6379[/0], or rediss:// for TLS")]
    Url(#[source] RedisError),
    /// User or password are wrong.
    #[error("Redis at {server} refuses the user or password of REDIS_URL")]
    Credentials {
        /// Which.
        server: String,
        /// Why.
        #[source]
        source: RedisError,
    },
    /// It is part of a cluster.
    #[error(
        "Redis at {server} is a node of a cluster: REDIS_URL is for a single server, which leases, transactions and shared limits need; \
         name the cluster's nodes in REDIS_CACHE_URL, where answers are kept"
    )]
    Cluster {
        /// Which.
        server: String,
    },
    /// Nobody answers.
    #[error("Redis at {server} does not answer: start it, correct REDIS_URL, or unset it to count in each process")]
    Unreachable {
        /// Which.
        server: String,
        /// Why.
        #[source]
        source: RedisError,
    },
}

/// Connections to one Redis server, shared by its clones. Each carries many commands at once; they take turns.
#[derive(Clone)]
pub struct RedisConnection {
    managers: Arc<[ConnectionManager]>,
    next: Arc<AtomicUsize>,
    prefix: String,
}

/// Host and port, without what must not be shown.
pub(crate) fn server(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) => format!("{}:{}", url.host_str().unwrap_or("localhost"), url.port().unwrap_or(6379)),
        Err(_) => "the address given".to_owned(),
    }
}

fn config() -> ConnectionManagerConfig {
    ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECT_WITHIN))
        .set_response_timeout(Some(ANSWER_WITHIN))
        .set_number_of_retries(1)
        .set_max_delay(Duration::from_secs(1))
}

impl RedisConnection {
    /// Connects and asks for a sign of life. Every key begins with `prefix`.
    ///
    /// # Errors
    /// [`ConnectError`], within ten seconds.
    pub async fn connect(url: &str, prefix: impl Into<String>) -> Result<Self, ConnectError> {
        Self::pooled(url, prefix, NonZeroUsize::MIN).await
    }

    /// As [`connect`](Self::connect), with so many connections. All but the first are opened when their turn comes.
    ///
    /// # Errors
    /// [`ConnectError`], within ten seconds; [`ConnectError::Cluster`] for a node of a cluster.
    pub async fn pooled(url: &str, prefix: impl Into<String>, size: NonZeroUsize) -> Result<Self, ConnectError> {
        let client = Client::open(url).map_err(ConnectError::Url)?;
        let refused = |source: RedisError| match source.kind() {
            redis::ErrorKind::AuthenticationFailed => ConnectError::Credentials { server: server(url), source },
            _ => ConnectError::Unreachable { server: server(url), source },
        };
        let mut manager = ConnectionManager::new_with_config(client.clone(), config()).await.map_err(refused)?;
        // A server that wants a password lets strangers connect and refuses their first command.
        redis::cmd("PING").query_async::<()>(&mut manager).await.map_err(|source| match source.code() {
            Some("NOAUTH" | "NOPERM" | "WRONGPASS") => ConnectError::Credentials { server: server(url), source },
            _ => ConnectError::Unreachable { server: server(url), source },
        })?;
        // A login that may not ask is taken at its word.
        let about = redis::cmd("INFO").arg("cluster").query_async::<String>(&mut manager).await;
        if about.is_ok_and(|about| about.contains("cluster_enabled:1")) {
            return Err(ConnectError::Cluster { server: server(url) });
        }
        let mut managers = vec![manager];
        for _ in 1..size.get() {
            managers.push(ConnectionManager::new_lazy_with_config(client.clone(), config()).map_err(refused)?);
        }
        tracing::info!(connections = size, "Connected to Redis: {}", server(url));
        Ok(Self { managers: managers.into(), next: Arc::default(), prefix: prefix.into() })
    }

    /// Whether the server answers.
    pub async fn answers(&self) -> bool {
        let mut manager = self.manager();
        self.measured("ping", async { redis::cmd("PING").query_async::<()>(&mut manager).await }).await.is_some()
    }

    /// Bytes of memory the server uses, when it answers.
    pub async fn memory(&self) -> Option<u64> {
        let mut manager = self.manager();
        let mut info = redis::cmd("INFO");
        info.arg("memory");
        let text: String = self.measured("info", async { info.query_async(&mut manager).await }).await?;
        text.lines().find_map(|line| line.strip_prefix("used_memory:")?.trim().parse().ok())
    }

    /// The connection whose turn it is.
    pub(crate) fn manager(&self) -> ConnectionManager {
        self.managers[self.next.fetch_add(1, Ordering::Relaxed) % self.managers.len()].clone()
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(crate) fn key(&self, kind: &str, key: &str) -> String {
        format!("{}{kind}:{key}", self.prefix)
    }

    /// As the function [`measured`].
    pub(crate) async fn measured<T>(&self, operation: &'static str, call: impl Future<Output = RedisResult<T>>) -> Option<T> {
        measured(operation, call).await
    }
}

/// The answer in time, or none.
pub(crate) async fn measured<T>(operation: &'static str, call: impl Future<Output = RedisResult<T>>) -> Option<T> {
    let started = Instant::now();
    let answer = tokio::time::timeout(2 * ANSWER_WITHIN, call).await;
    metrics::histogram!("atelier_redis_seconds", "operation" => operation).record(started.elapsed().as_secs_f64());
    let problem = match answer {
        Ok(Ok(value)) => return Some(value),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    metrics::counter!("atelier_redis_errors_total", "operation" => operation).increment(1);
    tracing::warn!(operation, problem, "Redis does not answer: this process counts for itself meanwhile");
    None
}
