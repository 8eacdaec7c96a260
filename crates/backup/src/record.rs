//! What was found out about backups, kept beside them: the last verification, and the proofs of each one. Every process can tell it.

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

/// What one backup was put to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proofs {
    /// When it was last read to its end and found right.
    pub verified_at: Option<Timestamp>,
    /// When it was last restored and compared.
    pub restore_tested_at: Option<Timestamp>,
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

    /// What a backup of this name was put to; nothing as well when its record cannot be read.
    pub fn proofs(&self, name: &str) -> Proofs {
        let found = std::fs::read(self.proofs_path(name)).ok().and_then(|text| serde_json::from_slice(&text).ok());
        found.unwrap_or_default()
    }

    /// Records what a backup was put to.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub fn record_proofs(&self, name: &str, proofs: Proofs) -> Result<(), BackupError> {
        let (path, new) = (self.proofs_path(name), self.path().join(format!(".{name}.proofs.new")));
        let text = serde_json::to_vec_pretty(&proofs).unwrap_or_default();
        std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, &path)).map_err(BackupError::file(&path, "record the verification"))
    }

    /// Of a backup that is gone.
    pub(crate) fn forget_proofs(&self, name: &str) {
        // Most have none.
        let _none_there = std::fs::remove_file(self.proofs_path(name));
    }

    fn proofs_path(&self, name: &str) -> std::path::PathBuf {
        self.path().join(format!("{name}.proofs.json"))
    }
}
