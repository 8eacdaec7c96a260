//! Cosmos DB as a participant in transactions: each change in one batch with the operation's fence, in the owner's partition.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use atelier_domain::dataservice::transactions::{ApplyError, CosmosCommand, CosmosWrite, Fence, Participant, StoreWrite};
use atelier_domain::dataservice::{DataError, Database, Rejected};
use serde_json::{Value, json};

use crate::patch::patched;
use crate::{BatchError, BatchOp, CosmosError, CosmosStore, Document, ETag};

/// How long a fence is kept, in seconds, in a container that keeps time. The outbox gives up before.
const FENCE_SECONDS: u64 = 7 * 24 * 3600;
/// How often a patch starts anew when its document was changed meanwhile.
const PATCH_TRIES: u32 = 5;
/// [What Cosmos DB takes](https://learn.microsoft.com/en-us/azure/cosmos-db/concepts-limits#per-item-limits) as one document.
const LARGEST_DOCUMENT: usize = 2 * 1024 * 1024 - 16 * 1024;
/// What Cosmos DB adds to a document.
const SYSTEM_FIELDS: [&str; 5] = ["_rid", "_self", "_etag", "_attachments", "_ts"];

/// Documents of the tenants, in one database.
pub struct CosmosParticipant {
    store: Arc<CosmosStore>,
}

/// A document as a transaction will find it.
#[derive(Clone)]
enum Foreseen {
    Missing,
    /// With the version it has, unless the transaction itself has changed it before.
    There(Value, Option<ETag>),
}

fn failed(error: CosmosError) -> DataError {
    match error {
        CosmosError::TooLarge => DataError::invalid("LIMIT_EXCEEDED", "the document is larger than Cosmos DB takes"),
        error => DataError::Unavailable { database: Database::CosmosDb, source: error.into() },
    }
}

fn refused(message: &str, write: &CosmosWrite) -> DataError {
    DataError::Conflict(Rejected::new("PRECONDITION_FAILED", message).with("id", write.id.as_str()))
}

fn plain(mut document: Value) -> Value {
    if let Some(fields) = document.as_object_mut() {
        SYSTEM_FIELDS.iter().for_each(|field| {
            fields.remove(*field);
        });
    }
    document
}

/// What the change makes of what is there.
fn foresee(there: &Foreseen, write: &CosmosWrite) -> Result<Foreseen, DataError> {
    if let Some(wanted) = &write.if_match {
        let matches = matches!(there, Foreseen::There(_, Some(etag)) if etag.0 == *wanted);
        if !matches {
            return Err(refused("the document is no longer the one of if_match", write));
        }
    }
    let document = match (&write.command, there) {
        (CosmosCommand::Create(_), Foreseen::There(..)) => {
            let rejected = Rejected::new("UNIQUE_VIOLATION", "there is a document with this id already");
            return Err(DataError::Conflict(rejected.with("id", write.id.as_str())));
        }
        (CosmosCommand::Replace(_) | CosmosCommand::Patch(_), Foreseen::Missing) => {
            return Err(refused("there is no such document", write));
        }
        (CosmosCommand::Delete, _) => return Ok(Foreseen::Missing),
        (CosmosCommand::Patch(patch), Foreseen::There(document, _)) => {
            patched(document, patch).map_err(|_misfit| refused("the patch does not fit the document", write))?
        }
        (CosmosCommand::Create(document) | CosmosCommand::Replace(document) | CosmosCommand::Upsert(document), _) => document.clone(),
    };
    if document.to_string().len() > LARGEST_DOCUMENT {
        return Err(failed(CosmosError::TooLarge));
    }
    Ok(Foreseen::There(document, None))
}

/// What became of one try.
enum Tried {
    Done,
    ChangedMeanwhile,
    Refused(ApplyError),
}

fn code_of(error: &CosmosError) -> &'static str {
    match error {
        CosmosError::Conflict => "CONFLICT",
        CosmosError::PreconditionFailed => "PRECONDITION_FAILED",
        CosmosError::NotFound => "NOT_FOUND",
        CosmosError::TooLarge => "TOO_LARGE",
        CosmosError::Throttled { .. } => "THROTTLED",
        CosmosError::Unavailable { .. } => "UNAVAILABLE",
        CosmosError::Unauthorized => "UNAUTHORIZED",
        CosmosError::Rejected { .. } => "REJECTED",
    }
}

fn apply_error(operation: Option<usize>, error: CosmosError) -> ApplyError {
    let code = code_of(&error).to_owned();
    // What is wrong with the account or a container somebody may put right; what is wrong with a document stays wrong.
    let of_the_change = operation.is_some() || matches!(error, CosmosError::TooLarge);
    let may_pass = matches!(error, CosmosError::Throttled { .. } | CosmosError::Unavailable { .. } | CosmosError::Unauthorized);
    if of_the_change && !may_pass { ApplyError::Never { code } } else { ApplyError::Later { code, source: Some(error.into()) } }
}

impl CosmosParticipant {
    /// Takes part with this database.
    pub fn new(store: Arc<CosmosStore>) -> Self {
        Self { store }
    }

    async fn found(&self, write: &CosmosWrite) -> Result<Option<Document>, CosmosError> {
        self.store.get(&write.container, &write.owner.to_string(), &write.id).await
    }

    async fn try_once(&self, write: &CosmosWrite, fence: &Fence) -> Result<Tried, CosmosError> {
        let if_match = write.if_match.clone().map(ETag);
        let change = match &write.command {
            CosmosCommand::Create(document) => BatchOp::Create { document: document.clone() },
            CosmosCommand::Replace(document) => BatchOp::Replace { id: write.id.clone(), document: document.clone(), if_match },
            CosmosCommand::Upsert(document) => BatchOp::Upsert { document: document.clone(), if_match },
            CosmosCommand::Delete => BatchOp::Delete { id: write.id.clone(), if_match },
            CosmosCommand::Patch(patch) => {
                let never = |code: &str| Ok(Tried::Refused(ApplyError::Never { code: code.to_owned() }));
                let fenced = self.store.get(&write.container, &write.owner.to_string(), &write.fence_id(fence)).await?;
                if fenced.is_some() {
                    return Ok(Tried::Done);
                }
                let Some(found) = self.found(write).await? else { return never("NOT_FOUND") };
                if if_match.is_some_and(|wanted| wanted != found.etag) {
                    return never("PRECONDITION_FAILED");
                }
                let Ok(document) = patched(&plain(found.body), patch) else { return never("PATCH_DOES_NOT_FIT") };
                BatchOp::Replace { id: write.id.clone(), document, if_match: Some(found.etag) }
            }
        };
        let patches = matches!(write.command, CosmosCommand::Patch(_));
        match self.in_batch(write, fence, Some(change)).await {
            Ok(()) => Ok(Tried::Done),
            Err(BatchError { operation: Some(0), error: CosmosError::Conflict }) => Ok(Tried::Done),
            Err(BatchError { operation: Some(1), error: CosmosError::PreconditionFailed }) if patches => Ok(Tried::ChangedMeanwhile),
            // Nothing is left to remove; a document made later is not to be removed by a repetition.
            Err(BatchError { operation: Some(1), error: CosmosError::NotFound }) if write.command == CosmosCommand::Delete => {
                match self.in_batch(write, fence, None).await {
                    Ok(()) | Err(BatchError { error: CosmosError::Conflict, .. }) => Ok(Tried::Done),
                    Err(BatchError { operation, error }) => Ok(Tried::Refused(apply_error(operation, error))),
                }
            }
            Err(BatchError { operation, error }) => Ok(Tried::Refused(apply_error(operation, error))),
        }
    }

    async fn in_batch(&self, write: &CosmosWrite, fence: &Fence, change: Option<BatchOp>) -> Result<(), BatchError> {
        let owner = write.owner.to_string();
        let mut raised = json!({"id": write.fence_id(fence), "ttl": FENCE_SECONDS});
        raised[write.owner_field.as_str()] = json!(owner);
        let operations = [BatchOp::Create { document: raised }].into_iter().chain(change).collect();
        self.store.batch(&write.container, &owner, operations).await.map(|_results| ())
    }
}

fn of_cosmos(write: &StoreWrite) -> Option<&CosmosWrite> {
    match write {
        StoreWrite::CosmosDb(write) => Some(write),
        StoreWrite::Redis(_) | StoreWrite::Vector(_) => None,
    }
}

#[async_trait]
impl Participant for CosmosParticipant {
    async fn reach(&self) -> Result<(), DataError> {
        self.store.ping().await.map_err(failed)
    }

    async fn check(&self, writes: &[&StoreWrite]) -> Result<(), (usize, DataError)> {
        let mut foreseen: HashMap<(&str, &str), Foreseen> = HashMap::new();
        for (at, write) in writes.iter().enumerate() {
            let Some(write) = of_cosmos(write) else { continue };
            let key = (write.container.as_str(), write.id.as_str());
            let there = match foreseen.remove(&key) {
                Some(there) => there,
                None => match self.found(write).await.map_err(|error| (at, failed(error)))? {
                    Some(found) => Foreseen::There(plain(found.body), Some(found.etag)),
                    None => Foreseen::Missing,
                },
            };
            foreseen.insert(key, foresee(&there, write).map_err(|error| (at, error))?);
        }
        Ok(())
    }

    async fn apply(&self, write: &StoreWrite, fence: &Fence) -> Result<Option<Value>, ApplyError> {
        let Some(write) = of_cosmos(write) else { return Err(ApplyError::Never { code: "NOT_FOR_COSMOS".to_owned() }) };
        for _ in 0..PATCH_TRIES {
            match self.try_once(write, fence).await {
                Ok(Tried::Done) => return Ok(Some(json!({"id": write.id}))),
                Ok(Tried::ChangedMeanwhile) => {}
                Ok(Tried::Refused(error)) => return Err(error),
                Err(error) => return Err(apply_error(None, error)),
            }
        }
        Err(ApplyError::Later { code: "CONTENDED".to_owned(), source: None })
    }
}
