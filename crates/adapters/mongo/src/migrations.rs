//! Versions of the data, run once each under a lock, by whichever process is told to.

use std::future::Future;
use std::time::Duration;

use atelier_domain::kernel::{SecretGenerator, StoreError};
use futures_util::TryStreamExt;
use mongodb::Database;
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::error::Error;
use tokio::time::{Instant, sleep};

use crate::adoption::{AdoptionError, adopt, make_way};
use crate::collections::{AUDIT, SCHEMA_MIGRATIONS};
use crate::error::{ConnectError, answer, is_duplicate};
use crate::migration_lock::MigrationLock;
use crate::{index_report, indexes};

/// How long a process that starts waits for another one's migration of an empty database.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// One version. A released one is never changed; each may be run again after a crash halfway.
struct Migration {
    version: i64,
    name: &'static str,
}

/// Every version in order.
const VERSIONS: [Migration; 6] = [
    Migration { version: 1, name: "initial collections and indexes" },
    Migration { version: 2, name: "prompt challenge" },
    Migration { version: 3, name: "audit seals" },
    Migration { version: 4, name: "documents of the source" },
    Migration { version: 5, name: "webhooks" },
    Migration { version: 6, name: "quotas" },
];

impl Migration {
    async fn run(&self, database: &Database, secrets: Option<&dyn SecretGenerator>) -> Result<(), MigrationError> {
        match self.version {
            // The first makes whatever the table of indexes lists, so that an empty database is complete at once; the second makes what the
            // table had not listed when the first ran.
            1 | 2 => {
                make_way(database).await?;
                Ok(index_report::ensure(database).await?)
            }
            3 => {
                index_report::ensure(database).await?;
                // What is in the trail already waits for its seal as what comes.
                let entries = database.collection::<Document>(AUDIT);
                entries.update_many(doc! { "unsealed": Bson::Null }, doc! { "$set": { "unsealed": true } }).await?;
                Ok(())
            }
            // A process that starts migrates empty databases only, where nothing is to be completed.
            4 => match secrets {
                Some(secrets) => Ok(adopt(database, secrets).await?),
                None => Ok(()),
            },
            5 | 6 => Ok(index_report::ensure(database).await?),
            _ => Ok(()),
        }
    }

    fn title(&self) -> String {
        format!("{:04} {}", self.version, self.name)
    }
}

/// Why migrations were not run.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// Another process holds the lock.
    #[error("another process is migrating the database; try again when it is done, or in a minute if it died")]
    Locked,
    /// The lock's lease ended before the migration did: another process may have begun.
    #[error("the lock on the migrations was lost; run them again")]
    LockLost,
    /// The database has a version this program does not know.
    #[error("the database has schema version {found}, this program knows versions up to {known}")]
    Newer {
        /// The version found.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// A unique index cannot be made: documents have the same value.
    #[error("several documents have the same {constraint}, which must be unique: make them differ, then run the migrations again")]
    NotUnique {
        /// The unique key, as `collection.field`.
        constraint: String,
    },
    /// The server did not do it.
    #[error("the database did not run the migration")]
    Database(#[source] Box<Error>),
    /// What a document of another program lacks could not be derived.
    #[error("a document of another program cannot be completed")]
    Underivable(#[source] StoreError),
}

impl From<Error> for MigrationError {
    fn from(error: Error) -> Self {
        // The server's message holds the value, which may be somebody's address.
        match answer(&error) {
            Some((_, message)) if is_duplicate(&error) => Self::NotUnique { constraint: indexes::constraint(message) },
            _ => Self::Database(Box::new(error)),
        }
    }
}

impl From<AdoptionError> for MigrationError {
    fn from(error: AdoptionError) -> Self {
        match error {
            AdoptionError::Database(error) => error.into(),
            AdoptionError::Derived(error) => Self::Underivable(error),
        }
    }
}

/// Which versions a database has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Versions that ran, as `0001 name`.
    pub applied: Vec<String>,
    /// Versions that are still to run, in order.
    pub pending: Vec<String>,
    /// The newest version applied, one this program does not know included.
    pub newest: i64,
}

/// The migrations of one database.
pub(crate) struct Migrations {
    database: Database,
}

impl Migrations {
    pub(crate) fn of(database: &Database) -> Self {
        Self { database: database.clone() }
    }

    pub(crate) fn known() -> i64 {
        VERSIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
    }

    pub(crate) async fn status(&self) -> Result<MigrationStatus, Error> {
        let records = self.database.collection::<Document>(SCHEMA_MIGRATIONS);
        let applied: Vec<Document> = records.find(doc! { "_id": { "$type": "long" } }).sort(doc! { "_id": 1 }).await?.try_collect().await?;
        let versions: Vec<i64> = applied.iter().filter_map(|record| record.get_i64("_id").ok()).collect();
        let title =
            |record: &Document| format!("{:04} {}", record.get_i64("_id").unwrap_or_default(), record.get_str("name").unwrap_or("?"));
        Ok(MigrationStatus {
            applied: applied.iter().map(title).collect(),
            pending: VERSIONS.iter().filter(|version| !versions.contains(&version.version)).map(Migration::title).collect(),
            newest: versions.into_iter().max().unwrap_or_default(),
        })
    }

    /// Runs what is pending under the lock and answers what ran; then puts indexes right that went missing.
    pub(crate) async fn run(&self, secrets: Option<&dyn SecretGenerator>) -> Result<Vec<String>, MigrationError> {
        let Some(lock) = MigrationLock::take(&self.database).await? else { return Err(MigrationError::Locked) };
        let outcome = lock.hold_during(self.run_pending(secrets)).await;
        lock.release().await;
        outcome
    }

    async fn run_pending(&self, secrets: Option<&dyn SecretGenerator>) -> Result<Vec<String>, MigrationError> {
        let status = self.status().await?;
        if status.newest > Self::known() {
            return Err(MigrationError::Newer { found: status.newest, known: Self::known() });
        }
        let records = self.database.collection::<Document>(SCHEMA_MIGRATIONS);
        // The first versions of all are recorded together: one that breaks off is begun anew by the next process that starts, which it would
        // not dare to with some of them recorded.
        let mut first = Vec::new();
        for migration in VERSIONS.iter().filter(|migration| status.pending.contains(&migration.title())) {
            tracing::info!(migration = migration.title(), "migrating the database");
            migration.run(&self.database, secrets).await?;
            let record = doc! { "_id": Bson::Int64(migration.version), "name": migration.name, "applied_at": DateTime::now() };
            if status.applied.is_empty() {
                first.push(record);
            } else {
                records.insert_one(record).await?;
            }
        }
        if !first.is_empty() {
            records.insert_many(first).await?;
        }
        index_report::ensure(&self.database).await?;
        Ok(status.pending)
    }

    /// What a starting process does: an empty database is migrated, by one of those that start; any other must be up to date.
    pub(crate) async fn make_ready(&self) -> Result<(), ConnectError> {
        let failed = |error: Error| ConnectError::Migration(error.into());
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.status().await.map_err(failed)?;
            if status.newest > Self::known() {
                return Err(ConnectError::Newer { database: self.name(), found: status.newest, known: Self::known() });
            }
            if status.pending.is_empty() {
                return self.verify_indexes().await;
            }
            if !self.is_new(&status).await.map_err(failed)? {
                return Err(ConnectError::Pending { database: self.name(), pending: status.pending });
            }
            match self.run(None).await {
                Ok(_) => {}
                Err(MigrationError::Locked) if Instant::now() < deadline => sleep(LOOK_EVERY).await,
                Err(error) => return Err(ConnectError::Migration(error)),
            }
        }
    }

    /// Nothing there, or only what another process's first migration has made so far.
    async fn is_new(&self, status: &MigrationStatus) -> Result<bool, Error> {
        let names = self.database.list_collection_names().await?;
        let others = names.iter().any(|name| name != SCHEMA_MIGRATIONS && !name.starts_with("system."));
        Ok(status.applied.is_empty() && (!others || MigrationLock::is_of_first_run(&self.database).await?))
    }

    async fn verify_indexes(&self) -> Result<(), ConnectError> {
        let drift = index_report::verify(&self.database).await.map_err(|error| ConnectError::Migration(error.into()))?;
        let (harmful, harmless): (Vec<_>, Vec<_>) = drift.into_iter().partition(index_report::IndexDrift::is_harmful);
        for drift in harmless {
            tracing::warn!(%drift, "an index of the database is not one of this program's");
        }
        if harmful.is_empty() { Ok(()) } else { Err(ConnectError::Drift { database: self.name(), drift: harmful }) }
    }

    fn name(&self) -> String {
        self.database.name().to_owned()
    }
}

/// Runs the work unless the lease ends first.
pub(crate) async fn unless_lost<T>(
    work: impl Future<Output = Result<T, MigrationError>>,
    lost: impl Future<Output = MigrationError>,
) -> Result<T, MigrationError> {
    tokio::select! {
        outcome = work => outcome,
        error = lost => Err(error),
    }
}
