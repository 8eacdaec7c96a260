//! A credential, in its turn.

use std::time::Duration;

use super::{Acquired, Leases, context};
use crate::dataservice::leases::model::{Lease, LeaseId, LeaseState};
use crate::dataservice::leases::ports::{Grant, NewLease};
use crate::dataservice::leases::queue::Place;
use crate::dataservice::leases::request::AcquireRequest;
use crate::dataservice::{DataError, Rejected, Tenant};
use crate::kernel::{ExposeSecret, SecretString};

/// How often who waits looks for a place.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// When a store without a place says to come again.
const EXHAUSTED_RETRY: Duration = Duration::from_secs(5);

impl Leases {
    /// Gives a credential to the caller's service. With an idempotency key the same request gets the same credential for as long as it
    /// lives.
    ///
    /// # Errors
    /// `SERVICE_NOT_ALLOWED`, `LEASE_QUOTA_EXCEEDED`, `IDEMPOTENCY_KEY_REUSED`, [`DataError::Exhausted`] when no place was free in time,
    /// [`DataError::Unavailable`].
    pub async fn acquire(&self, tenant: &Tenant, request: &AcquireRequest, key: Option<&str>) -> Result<Acquired, DataError> {
        self.settings.services.permit(&request.service_name, tenant.tier)?;
        self.target(request.database)?;
        let new = self.new_lease(tenant, request, key);
        match self.place(&new).await? {
            Grant::Granted { lease, used } => self.open(lease, new.password, used, false).await,
            Grant::Same { lease, sealed, used } => {
                let password = self.password(&lease, &sealed)?;
                self.open(lease, password, used, true).await
            }
            Grant::KeyReused => Err(DataError::Conflict(Rejected::new(
                "IDEMPOTENCY_KEY_REUSED",
                "this idempotency key was used for another connection that still lives: use a new one",
            ))),
            Grant::QuotaExceeded { until } => {
                let wait = (until - self.ports.clock.now()).to_std().unwrap_or_default().max(Duration::from_secs(1));
                let message = "every connection your role allows is in use: release one";
                let rejected = Rejected::new("LEASE_QUOTA_EXCEEDED", message).with("limit", new.quota).with("retry_after", wait.as_secs());
                Err(DataError::TooMany { rejected, retry_after: wait })
            }
            Grant::Full => Err(DataError::Exhausted { database: request.database, retry_after: EXHAUSTED_RETRY }),
        }
    }

    fn new_lease(&self, tenant: &Tenant, request: &AcquireRequest, key: Option<&str>) -> NewLease {
        let (now, secrets) = (self.ports.clock.now(), &self.ports.secrets);
        let id = LeaseId::of(secrets.token().expose_secret());
        let password = secrets.token();
        // Logins are seen by other leases' sessions: one must not tell the id.
        let login = secrets.digest("lease.login", id.as_str()).chars().take(24).collect();
        let sealed = self.ports.sealer.seal(&context(&id), password.expose_secret().as_bytes());
        let lease = Lease {
            account_id: tenant.account_id,
            owner: tenant.owner,
            tier: tenant.tier,
            service_name: request.service_name.clone(),
            database: request.database,
            operation: request.operation,
            login,
            state: LeaseState::Granting,
            acquired_at: now,
            expires_at: now + self.settings.time_to_live.min(self.settings.longest),
            ends_at: now + self.settings.longest,
            ended: None,
            attempts: 0,
            next_attempt_at: None,
            id,
        };
        let quota = tenant.allowance().leases;
        NewLease { lease, password, sealed, idempotency_key: key.map(str::to_owned), quota, max: self.settings.max }
    }

    /// A place at once, or in the line's order.
    async fn place(&self, new: &NewLease) -> Result<Grant, DataError> {
        let queue = self.queue(new.lease.database);
        let mut place: Option<Place<'_>> = None;
        let waiting_since = self.ports.clock.now();
        loop {
            let turn = match &place {
                Some(place) => place.is_first(),
                None => queue.waiting() == 0,
            };
            if turn {
                match self.ports.store.grant(new).await? {
                    Grant::Full => {}
                    other => return Ok(other),
                }
            }
            if (self.ports.clock.now() - waiting_since).to_std().unwrap_or_default() >= self.settings.wait {
                return Ok(Grant::Full);
            }
            place.get_or_insert_with(|| queue.join());
            self.ports.timer.sleep(LOOK_EVERY).await;
        }
    }

    pub(super) fn password(&self, lease: &Lease, sealed: &[u8]) -> Result<SecretString, DataError> {
        let plain = self.ports.sealer.open(&context(&lease.id), sealed).map_err(|error| DataError::Internal(error.into()))?;
        String::from_utf8(plain).map(SecretString::from).map_err(|error| DataError::Internal(error.into()))
    }

    /// Makes the login where it did not come with the row.
    async fn open(&self, mut lease: Lease, password: SecretString, used: u32, replayed: bool) -> Result<Acquired, DataError> {
        let database_url = match self.target(lease.database)? {
            None => self.ports.store.url(&lease, &password),
            Some(target) => {
                if lease.state == LeaseState::Granting {
                    if let Err(error) = target.open(&lease, &password).await {
                        // Whether the login was made is not known: it is taken back, at the latest by the sweeper.
                        if let Err(later) = self.take_back(lease).await {
                            tracing::warn!(error = %later, "a lease that could not be granted is taken back later");
                        }
                        return Err(error);
                    }
                    let now = self.ports.clock.now();
                    let in_time = lease.activate(now).is_ok() && self.ports.store.activate(&lease).await?;
                    if !in_time {
                        return Err(DataError::Exhausted { database: lease.database, retry_after: Duration::from_secs(1) });
                    }
                }
                target.url(&lease, &password)
            }
        };
        Ok(Acquired {
            database_url,
            expires_at: lease.expires_at,
            pool_stats: self.budget(lease.database, used),
            replayed,
            connection_id: lease.id,
        })
    }
}
