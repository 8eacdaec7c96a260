//! What was decided and not applied is applied: at the start, and again and again.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::Value as Json;

use super::super::{DataError, Rejected, Tenant};
use super::sealed::Seal;
use super::service::{Participants, TransactionPorts};
use super::{ApplyError, DeadOperation, Due, Fence, OperatorTrail, Outbox, Settled, StoreWrite, TransactionId};
use crate::kernel::{Clock, IdempotencyKey};

/// Entries taken at once.
const BATCH: u32 = 64;
/// The longest pause between two tries of one entry, in seconds.
const LONGEST_PAUSE: u32 = 30;
/// Fences are kept seven days: what could not be applied until shortly before must not be any more.
const TOO_OLD: TimeDelta = TimeDelta::days(6);
/// Finished transactions stay known for so long.
const KEPT: TimeDelta = TimeDelta::days(7);

/// What one round came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Applied now.
    pub applied: usize,
    /// To be tried again.
    pub later: usize,
    /// Given to the operators.
    pub dead: usize,
}

/// The outbox worker, and what operators do with what it cannot do.
pub struct Recovery {
    outbox: Arc<dyn Outbox>,
    participants: Participants,
    seal: Seal,
    clock: Arc<dyn Clock>,
    trail: Option<Arc<dyn OperatorTrail>>,
}

/// What applying a change came to, for the outbox.
pub(super) fn settle(seal: &Seal, fence: &Fence, attempts: u32, applied: Result<Option<Json>, ApplyError>) -> Settled {
    match applied {
        Ok(None) => Settled::Applied(None),
        Ok(Some(data)) => Settled::Applied(seal.result(fence, &data).ok()),
        Err(ApplyError::Later { code, source }) => {
            let cause = source.as_ref().map(ToString::to_string).unwrap_or_default();
            tracing::warn!(transaction = %fence.transaction_id, operation = fence.operation, code, cause, "an operation is not applied yet");
            let seconds = 1_u32.checked_shl(attempts.min(16)).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
            Settled::Later { seconds, reason: code, tried: true }
        }
        Err(ApplyError::Never { code }) => {
            tracing::error!(transaction = %fence.transaction_id, operation = fence.operation, code, "an operation cannot be applied");
            Settled::Dead { reason: code }
        }
    }
}

impl Recovery {
    /// The worker over these stores.
    pub fn new(ports: &TransactionPorts, clock: Arc<dyn Clock>) -> Self {
        Self {
            outbox: ports.outbox.clone(),
            participants: ports.participants.clone(),
            seal: Seal(ports.sealer.clone()),
            clock,
            trail: None,
        }
    }

    /// With a trail of what operators decide.
    #[must_use]
    pub fn with_trail(self, trail: Arc<dyn OperatorTrail>) -> Self {
        Self { trail: Some(trail), ..self }
    }

    /// Applies what is due; to be called at the start and every second. Several workers share the work.
    ///
    /// # Errors
    /// [`DataError`] when PostgreSQL does not answer.
    pub async fn round(&self) -> Result<Recovered, DataError> {
        let mut recovered = Recovered::default();
        loop {
            let due = self.outbox.due(BATCH).await?;
            if due.is_empty() {
                break;
            }
            let mut settled = Vec::with_capacity(due.len());
            let mut away = BTreeSet::new();
            for one in due {
                let outcome = if away.contains(&one.database) {
                    Settled::Later { seconds: 1, reason: "NOT_TRIED".to_owned(), tried: false }
                } else {
                    self.apply(&one).await
                };
                match &outcome {
                    Settled::Applied(_) => recovered.applied += 1,
                    Settled::Dead { .. } => recovered.dead += 1,
                    Settled::Later { .. } => {
                        recovered.later += 1;
                        away.insert(one.database);
                    }
                }
                settled.push((one.fence, outcome));
            }
            self.outbox.settle(&settled).await?;
        }
        self.outbox.measure().await?;
        Ok(recovered)
    }

    async fn apply(&self, due: &Due) -> Settled {
        if self.clock.now() - due.decided_at > TOO_OLD {
            return Settled::Dead { reason: "TOO_OLD".to_owned() };
        }
        let write: StoreWrite = match self.seal.open_payload(&due.fence, &due.payload) {
            Ok(write) => write,
            // With the right key it can be opened later.
            Err(_) => return Settled::Dead { reason: "CANNOT_OPEN".to_owned() },
        };
        match self.participants.get(&due.database) {
            Some(participant) => settle(&self.seal, &due.fence, due.attempts, participant.apply(&write, &due.fence).await),
            None => Settled::Later { seconds: LONGEST_PAUSE, reason: "NOT_CONFIGURED".to_owned(), tried: true },
        }
    }

    /// Forgets what need not be known any more; to be called every hour.
    ///
    /// # Errors
    /// [`DataError`] when PostgreSQL does not answer.
    pub async fn clean(&self) -> Result<u64, DataError> {
        self.outbox.clean(self.clock.now() - KEPT.max(IdempotencyKey::LIFETIME)).await
    }

    /// The operations that need an operator, oldest first.
    ///
    /// # Errors
    /// `FORBIDDEN_ROLE` for others than administrators.
    pub async fn dead(&self, tenant: &Tenant, most: u32) -> Result<Vec<DeadOperation>, DataError> {
        administrator(tenant)?;
        self.outbox.dead(most).await
    }

    /// Has a dead operation tried again by the next round.
    ///
    /// # Errors
    /// `FORBIDDEN_ROLE`, or `TRANSACTION_NOT_FOUND` when there is no such dead operation.
    pub async fn retry(&self, tenant: &Tenant, id: &str, operation: u32) -> Result<(), DataError> {
        let fence = fence(tenant, id, operation)?;
        self.write_down(tenant, "dataservice.operation.retried", &fence).await?;
        found(self.outbox.retry(&fence).await?)
    }

    /// Gives a dead operation up: it will never be applied.
    ///
    /// # Errors
    /// `FORBIDDEN_ROLE`, or `TRANSACTION_NOT_FOUND` when there is no such dead operation.
    pub async fn forget(&self, tenant: &Tenant, id: &str, operation: u32) -> Result<(), DataError> {
        let fence = fence(tenant, id, operation)?;
        self.write_down(tenant, "dataservice.operation.forgotten", &fence).await?;
        found(self.outbox.forget(&fence).await?)
    }

    /// Before the deed, since the two are not one commit: nothing is done that is not written down.
    async fn write_down(&self, tenant: &Tenant, action: &'static str, fence: &Fence) -> Result<(), DataError> {
        match &self.trail {
            Some(trail) => trail.write_down(tenant.actor(), action, format!("operation:{fence}")).await,
            None => Ok(()),
        }
    }
}

fn administrator(tenant: &Tenant) -> Result<(), DataError> {
    match tenant.is_admin() {
        true => Ok(()),
        false => Err(DataError::Forbidden(Rejected::new("FORBIDDEN_ROLE", "only administrators may do this"))),
    }
}

fn not_found() -> DataError {
    DataError::NotFound(Rejected::new("TRANSACTION_NOT_FOUND", "there is no such dead operation"))
}

fn found(there_was_one: bool) -> Result<(), DataError> {
    if there_was_one { Ok(()) } else { Err(not_found()) }
}

fn fence(tenant: &Tenant, id: &str, operation: u32) -> Result<Fence, DataError> {
    administrator(tenant)?;
    Ok(Fence { transaction_id: TransactionId::parse(id).ok_or_else(not_found)?, operation })
}
