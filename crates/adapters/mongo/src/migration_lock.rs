//! The lock under which migrations run: a document with a lease, so that a process that dies does not hold it for ever.

use std::future::Future;
use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::error::Error;
use mongodb::{Collection, Database};
use tokio::time::sleep;

use crate::collections::SCHEMA_MIGRATIONS;
use crate::error::is_duplicate;
use crate::migrations::{MigrationError, unless_lost};

const LOCK: &str = "lock";
/// How long the lock outlives a process that died, in milliseconds.
const LEASE_MILLIS: i64 = 30_000;
const RENEW_EVERY: Duration = Duration::from_secs(10);

/// The lock, held. Time is the server's, so that the processes' clocks do not matter.
pub(crate) struct MigrationLock {
    records: Collection<Document>,
    owner: ObjectId,
}

impl MigrationLock {
    /// Takes the lock, or answers `None` when another process holds it.
    pub(crate) async fn take(database: &Database) -> Result<Option<Self>, Error> {
        let lock = Self { records: database.collection(SCHEMA_MIGRATIONS), owner: ObjectId::new() };
        let blank = doc! { "$setOnInsert": { "expires_at": DateTime::from_millis(0) } };
        match lock.records.update_one(doc! { "_id": LOCK }, blank).upsert(true).await {
            Err(error) if !is_duplicate(&error) => return Err(error),
            _ => {}
        }
        // Taken on an empty database, it says so until the migrations are done: a half-made database is not taken for a foreign one.
        let empty = database.list_collection_names().await?.iter().all(|name| name == SCHEMA_MIGRATIONS);
        let free = doc! { "_id": LOCK, "$expr": { "$lte": ["$expires_at", "$$NOW"] } };
        let update = vec![doc! { "$set": {
            "owner": lock.owner,
            "expires_at": { "$add": ["$$NOW", LEASE_MILLIS] },
            "first_run": { "$or": [empty, "$first_run"] },
        } }];
        let taken = lock.records.update_one(free, update).await?;
        Ok((taken.matched_count == 1).then_some(lock))
    }

    /// Whether the lock was last taken to migrate an empty database, which is not done yet.
    pub(crate) async fn is_of_first_run(database: &Database) -> Result<bool, Error> {
        let records = database.collection::<Document>(SCHEMA_MIGRATIONS);
        let lock = records.find_one(doc! { "_id": LOCK, "first_run": true }).await?;
        Ok(lock.is_some())
    }

    /// Runs the work and renews the lease meanwhile; the work is dropped when the lease is lost.
    pub(crate) async fn hold_during<T>(&self, work: impl Future<Output = Result<T, MigrationError>>) -> Result<T, MigrationError> {
        unless_lost(work, self.lost()).await
    }

    async fn lost(&self) -> MigrationError {
        loop {
            sleep(RENEW_EVERY).await;
            let update = vec![doc! { "$set": { "expires_at": { "$add": ["$$NOW", LEASE_MILLIS] } } }];
            match self.records.update_one(doc! { "_id": LOCK, "owner": self.owner }, update).await {
                Ok(renewed) if renewed.matched_count == 1 => {}
                Ok(_) => return MigrationError::LockLost,
                Err(error) => return error.into(),
            }
        }
    }

    /// Gives the lock back; if that fails, its lease ends.
    pub(crate) async fn release(self) {
        let update = vec![doc! { "$set": { "expires_at": "$$NOW", "owner": Bson::Null } }];
        if let Err(error) = self.records.update_one(doc! { "_id": LOCK, "owner": self.owner }, update).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the migration lock was not given back; it ends by itself");
        }
    }
}
