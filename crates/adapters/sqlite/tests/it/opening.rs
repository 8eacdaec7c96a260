//! Stores in temporary folders.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use atelier_adapter_sqlite::SqliteStore;
use atelier_testkit::FixedClock;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;

/// Where a test keeps its database.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("atelier.db")
    }

    /// A store on the file, as a process of its own would open it.
    pub(crate) async fn open(&self) -> SqliteStore {
        open(&self.path()).await
    }

    /// A connection past the store.
    pub(crate) async fn raw(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.path()).create_if_missing(true).connect().await.unwrap()
    }
}

pub(crate) async fn open(path: &Path) -> SqliteStore {
    SqliteStore::connect(path, Arc::new(FixedClock::new())).await.unwrap()
}
