//! The decision: every store is ready, every statement done, and PostgreSQL commits.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::super::super::catalogue::Value;
use super::super::super::queries::RaisedVersion;
use super::super::super::{DataError, Database, Rejected, Tenant};
use super::super::sealed::StoredResult;
use super::super::{
    Decision, Fence, NotDecided, Operation, OperationResult, OperationState, OutboxEntry, Outcome, Session, SqlChange, SqlWrite,
    StoreWrite, TransactionId, TransactionRequest, Written,
};
use super::execute::Transactions;
use crate::kernel::{Coded, Fingerprint, IdempotencyKey};

/// Another transaction was faster: so many tries more.
const RETRIES: u32 = 3;
/// How often the fate of a commit whose answer is lost is asked for, and the pause between.
const QUESTIONS: u32 = 4;
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(500);

/// A transaction that has been decided, and what has to follow.
pub(super) struct Decided {
    pub(super) results: Vec<OperationResult>,
    pub(super) data_version: Option<u64>,
    /// What the cache is to be told of, if that is known.
    pub(super) raised: Option<Vec<RaisedVersion>>,
    /// The changes with whether each may be applied at once.
    pub(super) following: Vec<(Fence, StoreWrite, bool)>,
}

/// Why there is no decision, or none that is known.
pub(super) enum Stop {
    Aborted { error: DataError, operation: Option<u32> },
    Superseded,
    InDoubt(DataError),
}

impl From<DataError> for Stop {
    fn from(error: DataError) -> Self {
        Self::Aborted { error, operation: None }
    }
}

impl Transactions {
    pub(super) async fn decide(
        &self,
        tenant: &Tenant,
        id: &TransactionId,
        request: &TransactionRequest,
        key: Option<&IdempotencyKey>,
    ) -> Result<Decided, Stop> {
        let mut involved: BTreeMap<Database, Vec<(u32, &StoreWrite)>> = BTreeMap::new();
        let mut writes: Vec<(u32, &SqlWrite)> = Vec::new();
        for (number, operation) in (1_u32..).zip(&request.operations) {
            match operation {
                Operation::Sql(write) => writes.push((number, write)),
                Operation::Store(write) => involved.entry(write.database()).or_default().push((number, write)),
            }
        }
        let mut participants = Vec::with_capacity(involved.len());
        for (database, writes) in &involved {
            let participant = self.ports.participants.get(database).ok_or(DataError::NotConfigured(*database))?;
            participant.reach().await?;
            participants.push((participant, writes));
        }
        // Embeddings are rows of their owner, too.
        if !writes.is_empty() || involved.contains_key(&Database::Vector) {
            self.ports.owners.ensure(tenant).await?;
        }
        let (mut retries, mut owner_made) = (0, false);
        loop {
            let mut session = self.ports.coordinator.begin(tenant, request.isolation).await?;
            for (participant, writes) in &participants {
                let changes: Vec<_> = writes.iter().map(|(_, write)| *write).collect();
                if let Err((at, error)) = participant.check(&changes).await {
                    session.rollback().await;
                    return Err(Stop::Aborted { error, operation: writes.get(at).map(|(number, _)| *number) });
                }
            }
            let (error, operation) = match write_all(session.as_mut(), &writes).await {
                Ok(results) => match self.commit(session, tenant, id, request, key, results).await {
                    Ok(decided) => return Ok(decided),
                    Err(Stop::Aborted { error, operation }) => (error, operation),
                    Err(stop) => return Err(stop),
                },
                Err((operation, error)) => {
                    session.rollback().await;
                    (error, Some(operation))
                }
            };
            if error.code() == "SERIALIZATION_FAILURE" && retries < RETRIES {
                retries += 1;
            } else if lacks_owner(&error) && !owner_made {
                // The row was there once, and somebody has removed it since.
                owner_made = true;
                self.ports.owners.make_sure(tenant).await?;
            } else {
                return Err(Stop::Aborted { error, operation });
            }
        }
    }

    async fn commit(
        &self,
        session: Box<dyn Session>,
        tenant: &Tenant,
        id: &TransactionId,
        request: &TransactionRequest,
        key: Option<&IdempotencyKey>,
        results: Vec<StoredResult>,
    ) -> Result<Decided, Stop> {
        let (mut following, mut outbox, mut tables) = (Vec::new(), Vec::new(), Vec::new());
        for (number, operation) in (1_u32..).zip(&request.operations) {
            let write = match operation {
                Operation::Store(write) => write,
                Operation::Sql(write) => {
                    tables.push(write.table.name);
                    continue;
                }
            };
            let fence = Fence { transaction_id: id.clone(), operation: number };
            outbox.push(OutboxEntry {
                operation: number,
                database: write.database(),
                target: Fingerprint(Sha256::digest(write.target()).into()).to_string(),
                payload: self.seal.payload(&fence, write)?,
            });
            following.push((fence, write.clone(), false));
        }
        let decision = Decision {
            transaction_id: id.clone(),
            owner: tenant.owner,
            key: key.cloned(),
            operations: u32::try_from(request.operations.len()).unwrap_or(u32::MAX),
            answer: self.seal.answer(id, &results)?,
            outbox,
            tables,
        };
        let (mut data_version, mut raised) = (None, None);
        match session.decide(&decision).await {
            Ok(recorded) => {
                (data_version, raised) = (recorded.data_version, recorded.raised);
                following.iter_mut().zip(recorded.ready).for_each(|(one, ready)| one.2 = ready);
            }
            Err(NotDecided::Aborted(error)) => return Err(error.into()),
            Err(NotDecided::Superseded) => return Err(Stop::Superseded),
            Err(NotDecided::Unknown(lost)) => self.settle_doubt(id, tenant, lost).await?,
        }
        let results = results
            .into_iter()
            .map(|result| OperationResult { operation: result.operation, state: OperationState::Success, data: result.data })
            .collect();
        Ok(Decided { results, data_version, raised, following })
    }

    /// The answer to the commit is lost: the log tells whether it has happened.
    async fn settle_doubt(&self, id: &TransactionId, tenant: &Tenant, lost: DataError) -> Result<(), Stop> {
        tracing::warn!(transaction = %id, error = %lost, "the answer to a commit was lost: asking the log");
        for question in 1..=QUESTIONS {
            match self.ports.coordinator.resolve(id, tenant.owner, Some(lost.code()), None).await {
                Ok(Outcome::Committed { .. }) => return Ok(()),
                Ok(Outcome::Aborted { .. }) => return Err(Stop::Aborted { error: lost, operation: None }),
                Err(error) if question == QUESTIONS => {
                    tracing::error!(transaction = %id, error = %error, "a transaction stays in doubt until PostgreSQL answers");
                }
                Err(_) => self.ports.timer.sleep(BETWEEN_QUESTIONS).await,
            }
        }
        Err(Stop::InDoubt(lost))
    }
}

/// Whether a row could not be made because its owner has none in `users`.
fn lacks_owner(error: &DataError) -> bool {
    let constraint = error.rejected().filter(|rejected| rejected.code == "FOREIGN_KEY_VIOLATION");
    constraint.and_then(|rejected| rejected.details.get("constraint")?.as_str()).is_some_and(|name| name.ends_with("user_id_fkey"))
}

async fn write_all(session: &mut dyn Session, writes: &[(u32, &SqlWrite)]) -> Result<Vec<StoredResult>, (u32, DataError)> {
    let mut results = Vec::with_capacity(writes.len());
    for (number, write) in writes {
        let written = session.write(write).await.map_err(|error| (*number, error))?;
        if written.affected > write.max_affected {
            let message = format!("more than {} rows would be changed: nothing was", write.max_affected);
            let rejected = Rejected::new("MAX_AFFECTED_EXCEEDED", message).with("max_affected", write.max_affected);
            return Err((*number, DataError::Conflict(rejected.with("affected", written.affected))));
        }
        results.push(StoredResult { operation: *number, data: Some(shown(write, &written)) });
    }
    Ok(results)
}

fn shown(write: &SqlWrite, written: &Written) -> Json {
    match (&write.change, &written.made) {
        (SqlChange::Insert { .. } | SqlChange::Upsert { .. }, Some((id, made))) => {
            let mut data = json!({"id": id.to_string()});
            if let (Some(made), Some(data)) = (made, data.as_object_mut()) {
                data.insert("created_at".to_owned(), Value::Timestamp(*made).to_json());
            }
            data
        }
        _ => json!({"affected": written.affected}),
    }
}
