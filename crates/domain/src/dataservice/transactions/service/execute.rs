//! From a request to its decision.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::super::super::catalogue::Catalogue;
use super::super::super::queries::VersionPublisher;
use super::super::super::{DataError, Database, Rejected, Sealer, Tenant};
use super::super::sealed::Seal;
use super::super::{
    Claim, Claimed, Committed, Coordinator, HeldClaim, Outbox, Owners, Participant, TransactionError, TransactionId, parse_transaction,
};
use super::decide::Stop;
use super::within::within;
use crate::kernel::{Coded, ExposeSecret, IdempotencyKey, SecretGenerator, Timer};

/// The stores beside PostgreSQL that are configured.
pub type Participants = BTreeMap<Database, Arc<dyn Participant>>;

/// What transactions are made with.
#[derive(Clone)]
pub struct TransactionPorts {
    /// The tables.
    pub catalogue: Arc<Catalogue>,
    /// The database that decides.
    pub coordinator: Arc<dyn Coordinator>,
    /// What follows decisions.
    pub outbox: Arc<dyn Outbox>,
    /// The other stores.
    pub participants: Participants,
    /// The rows of `users`.
    pub owners: Arc<Owners>,
    /// Tells the cache of what has changed, where there is a cache.
    pub versions: Option<VersionPublisher>,
    /// Encryption of what is kept.
    pub sealer: Arc<dyn Sealer>,
    /// Randomness of ids.
    pub secrets: Arc<dyn SecretGenerator>,
    /// Waiting.
    pub timer: Arc<dyn Timer>,
}

/// How long a request that has failed goes on telling so.
const LEAVE_WITHIN: Duration = Duration::from_secs(1);

/// Transactions over several stores.
pub struct Transactions {
    pub(super) ports: TransactionPorts,
    pub(super) seal: Seal,
}

impl Transactions {
    /// Transactions over these stores.
    pub fn new(ports: TransactionPorts) -> Self {
        let seal = Seal(ports.sealer.clone());
        Self { ports, seal }
    }

    /// Executes what `body` asks for, once for each `key`.
    ///
    /// Dropped before the decision nothing has happened; dropped after it everything will.
    ///
    /// # Errors
    /// [`TransactionError`] when nothing has happened; and, with [`DataError::Unavailable`] and a transaction id, when PostgreSQL went away
    /// so that it cannot be said yet whether it has: [`status`](Self::status) tells later.
    pub async fn execute(&self, tenant: &Tenant, body: &Json, key: Option<&IdempotencyKey>) -> Result<Committed, TransactionError> {
        let id = TransactionId::of(self.ports.secrets.token().expose_secret());
        let request = parse_transaction(&self.ports.catalogue, tenant, &id, body)?;
        let claim = key.map(|key| Claim {
            owner: tenant.owner,
            key: key.clone(),
            body_hash: request.body_hash.clone(),
            transaction_id: id.clone(),
        });
        let held = match &claim {
            None => None,
            Some(claim) => match self.ports.coordinator.claim(claim).await.map_err(|error| TransactionError::of(error, &id, None))? {
                Claimed::Free(held) => Some(held),
                taken => return self.taken(claim, taken).await,
            },
        };
        match self.decide(tenant, &id, &request, key).await {
            Ok(decided) => Ok(self.follow(tenant, id, decided).await),
            Err(Stop::Aborted { error, operation }) => {
                self.leave(tenant, &id, held, error.code(), operation).await;
                Err(TransactionError::of(error, &id, operation))
            }
            Err(Stop::Superseded) => {
                drop(held);
                let Some(claim) = claim else { return Err(TransactionError::of(in_progress(), &id, None)) };
                let holder = self.ports.coordinator.claim(&claim).await.map_err(|error| TransactionError::of(error, &id, None))?;
                self.taken(&claim, holder).await
            }
            Err(Stop::InDoubt(error)) => Err(TransactionError::of(error, &id, None)),
        }
    }

    /// Tells the log that nothing has happened and gives the key back, as far as that is quickly done: the database may be the reason.
    async fn leave(
        &self,
        tenant: &Tenant,
        id: &TransactionId,
        held: Option<Box<dyn HeldClaim>>,
        code: &'static str,
        operation: Option<u32>,
    ) {
        let telling = async {
            if let Err(error) = self.ports.coordinator.resolve(id, tenant.owner, Some(code), operation).await {
                tracing::warn!(transaction = %id, %error, "the log could not be told that a transaction was aborted");
            }
            if let Some(held) = held {
                held.release().await;
            }
        };
        if within(self.ports.timer.as_ref(), LEAVE_WITHIN, telling).await.is_none() {
            tracing::warn!(transaction = %id, "the log was not told in time that a transaction was aborted");
        }
    }

    /// The answer to a request whose key somebody has.
    async fn taken(&self, claim: &Claim, holder: Claimed) -> Result<Committed, TransactionError> {
        match holder {
            Claimed::Taken { transaction_id, body_hash, .. } if body_hash != claim.body_hash => {
                let rejected = Rejected::new("IDEMPOTENCY_KEY_REUSED", "this Idempotency-Key was used with another content: use a new key");
                Err(TransactionError::of(DataError::Conflict(rejected), &transaction_id, None))
            }
            Claimed::Taken { transaction_id, committed: true, .. } => self.replay(transaction_id).await,
            Claimed::Taken { transaction_id, .. } => Err(TransactionError::of(in_progress(), &transaction_id, None)),
            Claimed::Free(held) => {
                held.release().await;
                Err(TransactionError::of(in_progress(), &claim.transaction_id, None))
            }
        }
    }
}

fn in_progress() -> DataError {
    DataError::Conflict(Rejected::new(
        "IDEMPOTENCY_IN_PROGRESS",
        "a request with this Idempotency-Key is being executed: ask again shortly",
    ))
}
