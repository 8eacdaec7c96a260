//! Tickets that open a live connection: a browser cannot send an `Authorization` header with one, and an address ends up in logs.

use chrono::TimeDelta;

use crate::identity::{Actor, IdentityError, OneTimePurpose, OneTimeToken};
use crate::kernel::{ExposeSecret, SecretString, retry_on_contention};

use super::IdentityPorts;
use super::wiring::store_error;

/// How long a ticket is good, in seconds.
const LIFETIME_SECONDS: u32 = 60;

/// A ticket as given to its owner.
#[derive(Debug, Clone)]
pub struct LiveTicket {
    /// The ticket; good once.
    pub ticket: SecretString,
    /// Seconds until it expires.
    pub expires_in_seconds: u32,
}

/// Gives out and takes tickets.
#[derive(Clone)]
pub struct LiveTickets {
    ports: IdentityPorts,
}

impl LiveTickets {
    /// Makes the service.
    pub fn new(ports: IdentityPorts) -> Self {
        Self { ports }
    }

    /// Gives out a ticket for one connection within 60 seconds.
    ///
    /// # Errors
    /// [`IdentityError::BadCredentials`] when the account is not active any more.
    #[tracing::instrument(name = "identity.live_ticket.issue", skip_all, err(level = "debug"))]
    pub async fn issue(&self, actor: &Actor) -> Result<LiveTicket, IdentityError> {
        let purpose = OneTimePurpose::LiveTicket;
        let ticket = self.ports.secrets.token();
        let now = self.ports.clock.now();
        let stored = OneTimeToken {
            id: self.ports.ids.generate(),
            purpose,
            user_id: actor.user_id,
            digest: self.ports.secrets.digest(purpose.collection(), ticket.expose_secret()),
            email: None,
            created_at: now,
            expires_at: now + TimeDelta::seconds(i64::from(LIFETIME_SECONDS)),
        };
        retry_on_contention(
            || async {
                let mut uow = self.ports.store.begin().await?;
                // In the same unit of work: a ticket must not outlive the erasure of its owner.
                let account = uow.accounts().find(actor.user_id).await?;
                account.filter(|account| account.is_active).ok_or(IdentityError::BadCredentials)?;
                uow.one_time_tokens().insert(&stored).await?;
                Ok(uow.commit().await?)
            },
            store_error,
        )
        .await?;
        Ok(LiveTicket { ticket, expires_in_seconds: LIFETIME_SECONDS })
    }

    /// Takes a ticket and tells whose it is.
    ///
    /// # Errors
    /// [`IdentityError::BadCredentials`] when it is unknown, used or expired, or the account is not active.
    #[tracing::instrument(name = "identity.live_ticket.consume", skip_all, err(level = "debug"))]
    pub async fn consume(&self, ticket: &str) -> Result<Actor, IdentityError> {
        let purpose = OneTimePurpose::LiveTicket;
        let digest = self.ports.secrets.digest(purpose.collection(), ticket);
        let now = self.ports.clock.now();
        retry_on_contention(
            || async {
                let mut uow = self.ports.store.begin().await?;
                let taken = uow.one_time_tokens().take(purpose, &digest, now).await?.ok_or(IdentityError::BadCredentials)?;
                let account = uow.accounts().find(taken.user_id).await?.filter(|account| account.is_active);
                let account = account.ok_or(IdentityError::BadCredentials)?;
                uow.commit().await?;
                Ok(Actor { user_id: account.id, role: account.role, session_id: None })
            },
            store_error,
        )
        .await
    }
}
