//! Credentials of stores.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::client::Client;
use crate::error::Error;
use crate::transport::{Answer, Call};

/// A store that gives credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseDatabase {
    /// A login of PostgreSQL.
    PostgreSql,
    /// A login of Redis.
    Redis,
}

impl LeaseDatabase {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::PostgreSql => "postgresql",
            Self::Redis => "redis",
        }
    }
}

/// What a credential is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading alone.
    Read,
    /// Reading and writing.
    Write,
}

impl Access {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// The store's leases when the credential was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct LeaseStats {
    /// Given out.
    pub active: u32,
    /// Free.
    pub idle: u32,
    /// Requests that waited for one.
    pub waiting: u32,
}

/// A credential that is none any more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Released {
    /// Which.
    pub connection_id: String,
    /// For how many milliseconds it could be used.
    pub duration_ms: u64,
}

#[derive(Deserialize)]
struct AcquiredBody {
    connection_id: String,
    database_url: String,
    expires_at: DateTime<Utc>,
    pool_stats: LeaseStats,
}

#[derive(Deserialize)]
struct RenewedBody {
    expires_at: DateTime<Utc>,
    renewable_until: DateTime<Utc>,
}

/// What renewing needs; shared with the task that renews in the background.
struct Terms {
    client: Client,
    connection_id: String,
    service: String,
    expires_at: Mutex<DateTime<Utc>>,
}

impl Terms {
    fn body(&self) -> Json {
        json!({"connection_id": self.connection_id, "service_name": self.service})
    }

    async fn renew(&self, by: Option<Duration>) -> Result<(Duration, DateTime<Utc>), Error> {
        let mut body = self.body();
        if let Some(by) = by {
            body["increment"] = by.as_secs().into();
        }
        let answer = self.client.transport.send(&Call::post("/api/v2/connections/renew", &body)?.repeatable()).await?;
        let renewed: RenewedBody = answer.read()?;
        *self.expires_at.lock().unwrap_or_else(PoisonError::into_inner) = renewed.expires_at;
        Ok((lasts(renewed.expires_at, &answer), renewed.renewable_until))
    }

    async fn release(&self) -> Result<Released, Error> {
        self.client.transport.send(&Call::post("/api/v2/connections/release", &self.body())?.repeatable()).await?.read()
    }

    /// Until it is told to stop, or the service will not renew any more.
    async fn keep_renewed(&self, mut lasts: Duration) {
        loop {
            tokio::time::sleep((lasts / 2).max(SHORTEST_WAIT)).await;
            match self.renew(None).await {
                // Not extended: the hour is over.
                Ok((left, _)) if left <= lasts / 2 => return,
                Ok((left, _)) => lasts = left,
                Err(error) => {
                    tracing::warn!(connection_id = self.connection_id, %error, "a lease is not renewed any more: it ends when its time is over");
                    return;
                }
            }
        }
    }
}

const SHORTEST_WAIT: Duration = Duration::from_secs(1);
/// What the service gives unless it is told otherwise.
const USUAL: Duration = Duration::from_secs(300);

/// How long a lease lasts by the service's own clock, whatever the time is here.
fn lasts(expires_at: DateTime<Utc>, answer: &Answer) -> Duration {
    let now = answer.header("date").and_then(|text| DateTime::parse_from_rfc2822(text).ok());
    now.and_then(|now| (expires_at - now.to_utc()).to_std().ok()).unwrap_or(USUAL)
}

/// A credential, given back when it is dropped.
///
/// Dropping spawns the release on the Tokio runtime and does not wait for it: the login is gone shortly after, or, when the service cannot
/// be reached, when the lease's time is over (five minutes unless it was renewed). Outside a runtime, and when the runtime ends before, only
/// the time ends it. For certainty [`release`](LeaseGuard::release) and wait.
pub struct LeaseGuard {
    terms: Arc<Terms>,
    database_url: SecretString,
    pool_stats: LeaseStats,
    lasts: Duration,
    renewing: Option<AbortHandle>,
    is_over: bool,
}

impl fmt::Debug for LeaseGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaseGuard")
            .field("connection_id", &self.terms.connection_id)
            .field("service", &self.terms.service)
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

impl LeaseGuard {
    pub(crate) fn of(client: Client, service: &str, answer: &Answer) -> Result<Self, Error> {
        let AcquiredBody { connection_id, database_url, expires_at, pool_stats } = answer.read()?;
        let service = service.to_owned();
        Ok(Self {
            terms: Arc::new(Terms { client, connection_id, service, expires_at: Mutex::new(expires_at) }),
            database_url: database_url.into(),
            pool_stats,
            lasts: lasts(expires_at, answer),
            renewing: None,
            is_over: false,
        })
    }

    /// Its id.
    pub fn connection_id(&self) -> &str {
        &self.terms.connection_id
    }

    /// How to connect, password included: one session at a time, one's own rows only.
    pub fn database_url(&self) -> &SecretString {
        &self.database_url
    }

    /// Until when it is good.
    pub fn expires_at(&self) -> DateTime<Utc> {
        *self.terms.expires_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store's leases when it was given.
    pub fn pool_stats(&self) -> LeaseStats {
        self.pool_stats
    }

    /// More time from now: 300 s unless told, up to an hour in all. Answers until when it can be renewed.
    ///
    /// # Errors
    /// [`Error`]; `CONNECTION_NOT_FOUND` when it is over.
    pub async fn renew(&self, by: Option<Duration>) -> Result<DateTime<Utc>, Error> {
        self.terms.renew(by).await.map(|(_, renewable_until)| renewable_until)
    }

    /// Has it renewed in the background whenever half of its time is over, until it is released or dropped, or its hour is over.
    #[must_use]
    pub fn kept_renewed(mut self) -> Self {
        let (terms, lasts) = (self.terms.clone(), self.lasts);
        self.stop_renewing();
        self.renewing = Some(tokio::spawn(async move { terms.keep_renewed(lasts).await }).abort_handle());
        self
    }

    /// Gives it back: when this answers, nobody signs in with it and its sessions have ended.
    ///
    /// # Errors
    /// [`Error`]; the lease then ends when its time is over.
    pub async fn release(mut self) -> Result<Released, Error> {
        self.stop_renewing();
        let released = self.terms.release().await;
        self.is_over = released.is_ok();
        released
    }

    fn stop_renewing(&mut self) {
        if let Some(task) = self.renewing.take() {
            task.abort();
        }
    }
}

impl Drop for LeaseGuard {
    fn drop(&mut self) {
        self.stop_renewing();
        if self.is_over {
            return;
        }
        let terms = self.terms.clone();
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                if let Err(error) = terms.release().await {
                    tracing::warn!(connection_id = terms.connection_id, %error, "a lease could not be given back: it ends when its time is over");
                }
            })),
            Err(_outside) => {
                tracing::warn!(connection_id = terms.connection_id, "a lease was dropped outside a runtime: it ends when its time is over");
            }
        }
    }
}
