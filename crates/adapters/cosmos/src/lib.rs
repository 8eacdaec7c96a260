//! Documents in Azure Cosmos DB (API for NoSQL), by the official SDK.
//!
//! A [`CosmosStore`] is one database of an account. Its containers hold JSON documents in partitions; every call names the partition it
//! works in, so that whoever takes the owner for the partition key can neither read nor write what belongs to another. [Batches] are
//! atomic, within a partition.
//!
//! [Batches]: CosmosStore::batch

mod batch;
mod condition;
mod connection_string;
mod error;
mod owned;
mod patch;
mod query;
mod rows;
mod store;
mod transactions;

pub use batch::{BatchError, BatchOp, OpResult};
pub use connection_string::{BadConnectionString, ConnectionString};
pub use error::CosmosError;
pub use owned::CosmosOwnedData;
pub use query::{Page, Parameter};
pub use rows::CosmosRows;
pub use store::{CosmosOptions, CosmosStore, Document, ETag};
pub use transactions::CosmosParticipant;
