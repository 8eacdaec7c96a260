//! What an operator's command does with a database that processes may refuse to start on.

use atelier_domain::kernel::{SecretGenerator, SecretString};

use crate::connection::{Connection, MongoOptions};
use crate::error::ConnectError;
use crate::index_report::{self, IndexDrift, UnusedIndex};
use crate::migrations::{MigrationError, MigrationStatus, Migrations};

/// A database, opened to look after it.
pub struct MongoAdministration {
    connection: Connection,
}

impl MongoAdministration {
    /// Connects as [`MongoStore::connect`](crate::MongoStore::connect) does, but takes the database as it is.
    ///
    /// # Errors
    /// [`ConnectError`], whose text says what to do.
    pub async fn connect(uri: &SecretString, database: Option<&str>, options: MongoOptions) -> Result<Self, ConnectError> {
        Ok(Self { connection: Connection::open(uri, database, &options).await? })
    }

    /// Which migrations ran and which are pending: what [`migrate`](MongoAdministration::migrate) would run (a dry run changes nothing).
    ///
    /// # Errors
    /// [`MigrationError::Database`].
    pub async fn status(&self) -> Result<MigrationStatus, MigrationError> {
        Ok(self.migrations().status().await?)
    }

    /// Runs every pending migration under the lock, then makes indexes that are missing; answers the migrations that ran. Repeatable.
    /// `secrets` are those of the processes: aliases and pseudonyms that documents of another program lack are made with them.
    ///
    /// # Errors
    /// [`MigrationError`].
    pub async fn migrate(&self, secrets: &dyn SecretGenerator) -> Result<Vec<String>, MigrationError> {
        self.migrations().run(Some(secrets)).await
    }

    /// Every index that is missing, differs, or is unknown (checklist W101).
    ///
    /// # Errors
    /// [`MigrationError::Database`].
    pub async fn index_drift(&self) -> Result<Vec<IndexDrift>, MigrationError> {
        Ok(index_report::verify(&self.connection.database).await?)
    }

    /// Every index that no query used since the server that answers started (checklist W101).
    ///
    /// # Errors
    /// [`MigrationError::Database`].
    pub async fn unused_indexes(&self) -> Result<Vec<UnusedIndex>, MigrationError> {
        Ok(index_report::usage(&self.connection.database).await?)
    }

    /// Closes the connections.
    pub async fn close(self) {
        self.connection.client.shutdown().immediate(true).await;
    }

    fn migrations(&self) -> Migrations {
        Migrations::of(&self.connection.database)
    }
}
