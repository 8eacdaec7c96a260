//! Acquire, renew and release.

mod acquire;
mod ending;

pub(super) use ending::CLAIM;

use std::sync::Arc;
use std::time::Duration;

use super::model::{Lease, LeaseId, ServiceName};
use super::ports::{LeaseStore, LeaseTarget};
use super::queue::LeaseQueue;
use super::request::{self, ServiceRegistry};
use crate::dataservice::{DataError, Database, Rejected, Sealer, Tenant};
use crate::kernel::{Clock, SecretGenerator, SecretString, Timer, Timestamp};

/// How leases are given.
#[derive(Debug, Clone)]
pub struct LeaseSettings {
    /// Most leases at each store (`LEASE_MAX`).
    pub max: u32,
    /// How long a lease lasts.
    pub time_to_live: Duration,
    /// How long it may last in all, renewals included.
    pub longest: Duration,
    /// How long a request waits for a place.
    pub wait: Duration,
    /// Who may ask.
    pub services: ServiceRegistry,
}

impl Default for LeaseSettings {
    fn default() -> Self {
        Self {
            max: 20,
            time_to_live: Duration::from_secs(300),
            longest: Duration::from_secs(3600),
            wait: Duration::from_secs(5),
            services: ServiceRegistry::default(),
        }
    }
}

/// What leases are made with.
#[derive(Clone)]
pub struct LeasePorts {
    /// Where they are kept.
    pub store: Arc<dyn LeaseStore>,
    /// Redis, where there is a single one.
    pub redis: Option<Arc<dyn LeaseTarget>>,
    /// Under which passwords are kept.
    pub sealer: Arc<dyn Sealer>,
    /// Makes ids and passwords.
    pub secrets: Arc<dyn SecretGenerator>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Waits.
    pub timer: Arc<dyn Timer>,
}

/// The leases of one store at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseBudget {
    /// Given out, or not yet wholly taken back.
    pub active: u32,
    /// Free.
    pub idle: u32,
    /// Requests that wait for one, in this process.
    pub waiting: u32,
}

/// A credential.
#[derive(Debug)]
pub struct Acquired {
    /// What to release it by.
    pub connection_id: LeaseId,
    /// How to use it; holds the password.
    pub database_url: SecretString,
    /// Until when.
    pub expires_at: Timestamp,
    /// The store's leases.
    pub pool_stats: LeaseBudget,
    /// Whether it was given before, for the same idempotency key.
    pub replayed: bool,
}

/// More time was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// The lease.
    pub connection_id: LeaseId,
    /// Until when.
    pub expires_at: Timestamp,
    /// It cannot be renewed beyond this.
    pub renewable_until: Timestamp,
}

/// A credential that is none any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// The lease.
    pub connection_id: LeaseId,
    /// How long it could be used; the same for ever.
    pub duration: Duration,
}

/// The leases of this service.
pub struct Leases {
    ports: LeasePorts,
    settings: LeaseSettings,
    postgres: LeaseQueue,
    redis: LeaseQueue,
}

fn not_found() -> DataError {
    DataError::NotFound(Rejected::new("CONNECTION_NOT_FOUND", "there is no such connection of yours and this service"))
}

/// What the password of a lease is sealed for.
fn context(id: &LeaseId) -> String {
    format!("lease/{id}")
}

impl Leases {
    /// Leases over these ports.
    pub fn new(ports: LeasePorts, settings: LeaseSettings) -> Self {
        Self { ports, settings, postgres: LeaseQueue::default(), redis: LeaseQueue::default() }
    }

    fn queue(&self, database: Database) -> &LeaseQueue {
        if database == Database::Redis { &self.redis } else { &self.postgres }
    }

    fn target(&self, database: Database) -> Result<Option<&dyn LeaseTarget>, DataError> {
        if database != Database::Redis {
            return Ok(None);
        }
        match &self.ports.redis {
            Some(target) => Ok(Some(target.as_ref())),
            None => Err(DataError::NotConfigured(database)),
        }
    }

    fn budget(&self, database: Database, used: u32) -> LeaseBudget {
        LeaseBudget { active: used, idle: self.settings.max.saturating_sub(used), waiting: self.queue(database).waiting() }
    }

    /// The leases of a store at this moment; also told to the metrics.
    ///
    /// # Errors
    /// [`DataError::Unavailable`].
    pub async fn stats(&self, database: Database) -> Result<LeaseBudget, DataError> {
        let counts = self.ports.store.counts(database).await?;
        Ok(self.budget(database, counts.used))
    }

    /// The lease, if the caller and the service it names hold it.
    async fn held(&self, tenant: &Tenant, id: &str, service: &ServiceName, admin_too: bool) -> Result<Lease, DataError> {
        let id: LeaseId = id.parse().map_err(|_malformed| not_found())?;
        let lease = self.ports.store.find(&id).await?.ok_or_else(not_found)?;
        if lease.is_held_by(tenant.account_id, service) || (admin_too && tenant.is_admin()) { Ok(lease) } else { Err(not_found()) }
    }

    /// More time for a lease: `increment` from now, or as much as a new one has.
    ///
    /// # Errors
    /// `VALIDATION_FAILED`; `CONNECTION_NOT_FOUND` for a lease of somebody else, or one that is over.
    pub async fn renew(&self, tenant: &Tenant, id: &str, service: &str, increment: Option<Duration>) -> Result<Renewed, DataError> {
        let service = request::service_name(service)?;
        let increment = increment.unwrap_or(self.settings.time_to_live);
        if increment.is_zero() || increment > self.settings.longest {
            let message = format!("increment: 1 to {} seconds", self.settings.longest.as_secs());
            return Err(DataError::Invalid(Rejected::new("VALIDATION_FAILED", message).with("field", "increment")));
        }
        let mut lease = self.held(tenant, id, &service, false).await?;
        lease.renew(self.ports.clock.now(), increment).map_err(|_over| not_found())?;
        if !self.ports.store.renew(&lease).await? {
            return Err(not_found());
        }
        Ok(Renewed { connection_id: lease.id, expires_at: lease.expires_at, renewable_until: lease.ends_at })
    }
}
