//! What operators and tests want to know of the collections.

use atelier_domain::challenge::maintenance::Diagnosis;
use atelier_domain::kernel::StoreError;
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};

use crate::collections::{ALL, IMPERSONAL};
use crate::store::MongoStore;

/// How large a collection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionSize {
    /// The collection.
    pub collection: String,
    /// Its documents, from the collection's metadata: right but for what was lost in a crash of the server.
    pub documents: u64,
    /// Bytes of its documents, uncompressed.
    pub bytes: u64,
    /// Bytes of its indexes on disk.
    pub index_bytes: u64,
}

impl MongoStore {
    /// The size of each collection, by name (checklist W102). Cheap: nothing is counted.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    pub async fn collection_sizes(&self) -> Result<Vec<CollectionSize>, StoreError> {
        let mut sizes = Vec::with_capacity(ALL.len());
        for collection in ALL {
            let work = async {
                let stats = self.collection(collection).aggregate([doc! { "$collStats": { "storageStats": {} } }]).await?;
                stats.try_collect::<Vec<Document>>().await
            };
            let stats = self.run("inspection.collection_sizes", work).await?;
            // One document per shard.
            let sum =
                |field: &str| stats.iter().filter_map(|part| part.get_document("storageStats").ok()).map(|part| number(part, field)).sum();
            let (documents, bytes, index_bytes) = (sum("count"), sum("size"), sum("totalIndexSize"));
            sizes.push(CollectionSize { collection: collection.to_owned(), documents, bytes, index_bytes });
        }
        Ok(sizes)
    }

    /// The size of the database on the server's disk in bytes, indexes included.
    ///
    /// # Errors
    /// [`StoreError`] when the store does not answer.
    pub async fn size_bytes(&self) -> Result<u64, StoreError> {
        let work = async { self.connection().database.run_command(doc! { "dbStats": 1 }).await };
        let stats = self.run("inspection.size_bytes", work).await?;
        Ok(number(&stats, "storageSize") + number(&stats, "indexSize"))
    }

    /// Whether the server answers, and what it says of the whole database.
    pub(crate) async fn database_stats(&self) -> Result<Diagnosis, StoreError> {
        let database = &self.connection().database;
        self.run("inspection.ping", async { database.run_command(doc! { "ping": 1 }).await }).await?;
        let stats = self.run("inspection.database_stats", async { database.run_command(doc! { "dbStats": 1 }).await }).await?;
        let [collections, documents, data_bytes, indexes] =
            ["collections", "objects", "dataSize", "indexes"].map(|field| number(&stats, field));
        Ok(Diagnosis { engine: "MongoDB", collections, documents, data_bytes, indexes })
    }

    /// The collections that hold a person's id, by name: each must be claimed by one context's
    /// [`PersonalData`](atelier_domain::kernel::PersonalData) or be a kernel collection.
    pub fn collections_with_personal_data(&self) -> Vec<&'static str> {
        ALL.into_iter().filter(|collection| !IMPERSONAL.contains(collection)).collect()
    }
}

/// A number of whichever type the server chose.
fn number(document: &Document, field: &str) -> u64 {
    match document.get(field) {
        Some(Bson::Int32(number)) => u64::try_from(*number).unwrap_or_default(),
        Some(Bson::Int64(number)) => u64::try_from(*number).unwrap_or_default(),
        Some(Bson::Double(number)) => *number as u64,
        _ => 0,
    }
}
