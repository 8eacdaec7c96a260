//! A credential given back, or taken.

use std::time::Duration;

use super::{Leases, Released, not_found};
use crate::dataservice::leases::model::{Lease, LeaseState};
use crate::dataservice::leases::request;
use crate::dataservice::{DataError, Database, Tenant};
use crate::kernel::{Timestamp, error_chain};

/// How long who ends a lease has for it before another may try.
pub(in crate::dataservice::leases) const CLAIM: Duration = Duration::from_secs(30);

impl Leases {
    /// Gives a lease back: its login is off and its sessions are ended when this answers. The same again for one that has ended.
    ///
    /// # Errors
    /// `CONNECTION_NOT_FOUND` for a lease of somebody else or another service, unless an administrator asks; [`DataError::Unavailable`]
    /// when its store does not answer: access is closed as soon as it does, without being asked again.
    pub async fn release(&self, tenant: &Tenant, id: &str, service: &str) -> Result<Released, DataError> {
        let service = request::service_name(service)?;
        let mut lease = self.held(tenant, id, &service, true).await?;
        if lease.release(self.ports.clock.now()).is_ok() && !self.ports.store.close(&lease, self.claimed_until()).await? {
            // Somebody else was faster.
            lease = self.ports.store.find(&lease.id).await?.ok_or_else(not_found)?;
        }
        let (connection_id, duration) = (lease.id.clone(), lease.duration().unwrap_or_default());
        if lease.state == LeaseState::Revoking {
            self.revoke(lease).await?;
        }
        Ok(Released { connection_id, duration })
    }

    fn claimed_until(&self) -> Timestamp {
        self.ports.clock.now() + CLAIM
    }

    /// Ends a lease without being asked to.
    ///
    /// # Errors
    /// Why it could not be ended now; it stays closed, and due later.
    pub(in crate::dataservice::leases) async fn take_back(&self, mut lease: Lease) -> Result<(), DataError> {
        if lease.release(self.ports.clock.now()).is_ok() && self.ports.store.close(&lease, self.claimed_until()).await? {
            self.revoke(lease).await?;
        }
        Ok(())
    }

    /// Ends a lease whose time is over or whose revocation is due. Of a store known to be away only the row is closed.
    ///
    /// # Errors
    /// Why it could not be ended now; it stays closed, and due later.
    pub(in crate::dataservice::leases) async fn end_due(&self, mut lease: Lease, away: bool) -> Result<(), DataError> {
        let closes = lease.expire(self.ports.clock.now()).is_ok();
        if closes && !self.ports.store.close(&lease, self.claimed_until()).await? {
            return Ok(());
        }
        if lease.state != LeaseState::Revoking {
            return Ok(());
        }
        if away {
            let error = DataError::Unavailable { database: lease.database, source: "it did not answer a moment ago".into() };
            self.postpone(&mut lease, &error).await;
            return Err(error);
        }
        self.revoke(lease).await
    }

    /// Removes the login of a closed lease and gives its place back.
    async fn revoke(&self, mut lease: Lease) -> Result<(), DataError> {
        let removed = match self.target(lease.database) {
            Ok(Some(target)) => target.close(&lease).await,
            Ok(None) => Ok(()),
            Err(unconfigured) => Err(unconfigured),
        };
        let mut ended = lease.clone();
        let result = match (removed, ended.finish()) {
            (Ok(()), Ok(())) => self.ports.store.end(&ended).await,
            (Ok(()), Err(wrong)) => Err(DataError::Internal(wrong.into())),
            (Err(error), _) => Err(error),
        };
        if let Err(error) = &result {
            self.postpone(&mut lease, error).await;
        }
        result
    }

    /// Keeps when a revocation is tried again.
    async fn postpone(&self, lease: &mut Lease, error: &DataError) {
        let kept = match lease.postpone(self.ports.clock.now()) {
            Ok(()) => self.ports.store.postpone(lease, &error_chain(error)).await,
            Err(_already_over) => Ok(()),
        };
        // The claim ends by itself: then it is due again.
        if let Err(later) = kept {
            tracing::debug!(lease = lease.login, error = %later, "a failed revocation could not be noted");
        }
    }

    /// Makes the logins of active leases that their store has lost; returns how many.
    ///
    /// # Errors
    /// [`DataError::Unavailable`].
    pub(in crate::dataservice::leases) async fn restore(&self) -> Result<u64, DataError> {
        let Some(target) = &self.ports.redis else { return Ok(0) };
        let active = self.ports.store.active(Database::Redis, self.ports.clock.now()).await?;
        let mut restored = 0;
        if active.is_empty() {
            return Ok(restored);
        }
        for (lease, sealed) in target.missing(&active).await? {
            target.open(lease, &self.password(lease, sealed)?).await?;
            // It may have been given back meanwhile: then the login must not stay.
            let still = self.ports.store.find(&lease.id).await?;
            if still.is_none_or(|lease| lease.state != LeaseState::Active) {
                target.close(lease).await?;
            } else {
                restored += 1;
            }
        }
        Ok(restored)
    }

    pub(in crate::dataservice::leases) fn ports(&self) -> &super::LeasePorts {
        &self.ports
    }
}
