//! The record of the last verification, kept beside the backups: every process can tell it.

use atelier_domain::kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::BackupError;
use crate::folder::BackupFolder;

/// A verification that succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// The backup's name.
    pub archive: String,
    /// When.
    pub verified_at: Timestamp,
    /// Documents or rows that were restored and compared.
    pub documents: u64,
}

const FILE: &str = "last_verified.json";

impl BackupFolder {
    /// The last verification that succeeded; none as well when its record cannot be read.
    pub fn last_verified(&self) -> Option<Verification> {
        serde_json::from_slice(&std::fs::read(self.path().join(FILE)).ok()?).ok()
    }

    /// Records a verification that succeeded.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub fn record_verified(&self, verification: &Verification) -> Result<(), BackupError> {
        let (path, new) = (self.path().join(FILE), self.path().join(".last_verified.new"));
        let text = serde_json::to_vec_pretty(verification).unwrap_or_default();
        std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, &path)).map_err(BackupError::file(&path, "record the verification"))
    }
}
