//! Several writes in a partition, all or none.

use azure_data_cosmos::TransactionalBatch;
use azure_data_cosmos::models::TransactionalBatchResponse;
use azure_data_cosmos::options::{BatchDeleteOptions, BatchReplaceOptions, BatchUpsertOptions, Precondition};
use serde_json::Value;

use crate::{CosmosError, CosmosStore, ETag};

/// [What Cosmos DB takes](https://learn.microsoft.com/en-us/azure/cosmos-db/nosql/transactional-batch#limitations) in one batch.
const MAX_OPERATIONS: usize = 100;
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// The status of an operation that failed because another one did.
const FAILED_DEPENDENCY: u16 = 424;

/// A write. Documents hold their `id`, and their partition key at the container's path.
#[derive(Debug, Clone, PartialEq)]
pub enum BatchOp {
    /// A new document; [`CosmosError::Conflict`] if there is one with its id.
    Create {
        /// The document.
        document: Value,
    },
    /// In the place of a document that must be there; [`CosmosError::NotFound`] otherwise.
    Replace {
        /// The id of both.
        id: String,
        /// The document.
        document: Value,
        /// The version it must have; [`CosmosError::PreconditionFailed`] otherwise.
        if_match: Option<ETag>,
    },
    /// A new document, or in the place of one with its id.
    Upsert {
        /// The document.
        document: Value,
        /// The version a document that is there must have; [`CosmosError::PreconditionFailed`] otherwise.
        if_match: Option<ETag>,
    },
    /// No document any more; [`CosmosError::NotFound`] if there is none.
    Delete {
        /// The document's id.
        id: String,
        /// The version it must have; [`CosmosError::PreconditionFailed`] otherwise.
        if_match: Option<ETag>,
    },
}

impl BatchOp {
    /// About how much room it takes in a request: the document, the id, the version and the names around them.
    fn bytes(&self) -> usize {
        const AROUND: usize = 64;
        let text = |etag: &Option<ETag>| etag.as_ref().map_or(0, |etag| etag.0.len() + AROUND);
        AROUND
            + match self {
                Self::Create { document } => document.to_string().len(),
                Self::Upsert { document, if_match } => document.to_string().len() + text(if_match),
                Self::Replace { id, document, if_match } => id.len() + document.to_string().len() + text(if_match),
                Self::Delete { id, if_match } => id.len() + text(if_match),
            }
    }

    fn add_to(self, batch: TransactionalBatch) -> Result<TransactionalBatch, CosmosError> {
        let condition = |etag: ETag| Precondition::if_match(etag.0);
        Ok(match self {
            Self::Create { document } => batch.create_item(document)?,
            Self::Upsert { document, if_match } => {
                batch.upsert_item(document, if_match.map(|etag| BatchUpsertOptions::default().with_precondition(condition(etag))))?
            }
            Self::Replace { id, document, if_match } => {
                batch.replace_item(id, document, if_match.map(|etag| BatchReplaceOptions::default().with_precondition(condition(etag))))?
            }
            Self::Delete { id, if_match } => {
                batch.delete_item(id, if_match.map(|etag| BatchDeleteOptions::default().with_precondition(condition(etag))))
            }
        })
    }
}

/// What became of one write of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpResult {
    /// The HTTP status: 200, 201 or 204.
    pub status: u16,
    /// The document's new version; none of a deleted one.
    pub etag: Option<ETag>,
}

/// Why a batch did not happen, and because of which of its writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct BatchError {
    /// The place in the batch of the write that failed, from 0, unless it is the batch as a whole.
    pub operation: Option<usize>,
    /// How it failed.
    pub error: CosmosError,
}

impl From<CosmosError> for BatchError {
    fn from(error: CosmosError) -> Self {
        Self { operation: None, error }
    }
}

impl From<BatchError> for CosmosError {
    fn from(failed: BatchError) -> Self {
        failed.error
    }
}

impl CosmosStore {
    /// Does all these writes in a partition, in this order, or none of them. At most 100, with 2 MiB between them; an empty batch does
    /// nothing.
    ///
    /// # Errors
    /// [`CosmosError::Conflict`], [`CosmosError::PreconditionFailed`], [`CosmosError::NotFound`] or [`CosmosError::Rejected`] of one write,
    /// [`CosmosError::TooLarge`], and any other of the batch. Nothing was written, except that after [`CosmosError::Unavailable`] nobody
    /// knows.
    pub async fn batch(&self, container: &str, partition: &str, operations: Vec<BatchOp>) -> Result<Vec<OpResult>, BatchError> {
        if operations.is_empty() {
            return Ok(Vec::new());
        }
        if operations.len() > MAX_OPERATIONS || operations.iter().map(BatchOp::bytes).sum::<usize>() > MAX_BYTES {
            return Err(CosmosError::TooLarge.into());
        }
        let container = self.container(container).await?;
        let mut batch = TransactionalBatch::new(partition.to_owned());
        for operation in operations {
            batch = operation.add_to(batch)?;
        }
        let response: TransactionalBatchResponse =
            self.within(async { Ok(container.execute_transactional_batch(batch, None).await?.into_model()?) }).await?;
        let failed =
            response.results().iter().enumerate().find(|(_, result)| !result.is_success() && result.status_code() != FAILED_DEPENDENCY);
        if let Some((place, result)) = failed {
            let error = CosmosError::of_status(result.status_code(), result.retry_after(), || {
                format!("{}/{}", result.status_code(), result.substatus_code().unwrap_or_default())
            });
            return Err(BatchError { operation: Some(place), error });
        }
        Ok(response
            .results()
            .iter()
            .map(|result| OpResult { status: result.status_code(), etag: result.etag().map(|etag| ETag(etag.to_owned())) })
            .collect())
    }
}
