//! What a store offers: taking a backup, restoring one, proving that one can be restored.

use std::path::{Path, PathBuf};

use atelier_domain::kernel::Timestamp;

use crate::error::BackupError;
use crate::folder::Layout;
use crate::manifest::Kind;

/// What is to be backed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Everything.
    All,
    /// One collection (checklist P218).
    Collection(String),
    /// What changed since the newest backup; everything when there is none or the store no longer knows (checklist W105, CW11).
    Changes,
}

/// A backup to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackUp {
    /// What of the store.
    pub selection: Selection,
    /// How a whole backup is kept.
    pub layout: Layout,
}

/// A backup that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// Its size on disk.
    pub bytes: u64,
    /// Collections or tables in it.
    pub collections: usize,
    /// Documents, rows or changes in it.
    pub documents: u64,
    /// What the operator should know: why it is another kind than was asked for, or not of one instant.
    pub remarks: Vec<String>,
}

/// What is to be restored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restore {
    /// The archive, or the folder of the other layout.
    pub archive: PathBuf,
    /// Into another database than the one that the settings name.
    pub database: Option<String>,
    /// Only this collection.
    pub collection: Option<String>,
    /// Only what happened up to this time, that second included; the changes are found beside the archive.
    pub until: Option<Timestamp>,
    /// Replace what is there (checklist P219).
    pub drop: bool,
    /// The confirmation that `drop` needs.
    pub confirmed: bool,
}

/// What was restored, or was restored for a proof.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restored {
    /// Where it is now.
    pub target: String,
    /// Collections or tables.
    pub collections: usize,
    /// Documents or rows.
    pub documents: u64,
    /// Changes that were applied after the whole backup.
    pub changes: u64,
    /// What the operator should know.
    pub remarks: Vec<String>,
}

/// A store that can be backed up. Time comes as an argument.
#[async_trait::async_trait]
pub trait BackupEngine: Send + Sync {
    /// Takes a backup: it is there whole, or not at all.
    ///
    /// # Errors
    /// [`BackupError`].
    async fn back_up(&self, what: &BackUp, now: Timestamp) -> Result<Taken, BackupError>;

    /// Restores a backup, after its checksums are found right. Data that are there are replaced only when the request says so twice, and
    /// only after the backup was restored beside them and compared.
    ///
    /// # Errors
    /// [`BackupError`].
    async fn restore(&self, what: &Restore, now: Timestamp) -> Result<Restored, BackupError>;

    /// Restores a backup into a place made for it, compares it with its manifest, and removes the place (checklist W107).
    ///
    /// # Errors
    /// [`BackupError`].
    async fn verify(&self, archive: &Path, now: Timestamp) -> Result<Restored, BackupError>;
}
