//! The stored wish to delete objects, enqueued in the unit of work that removes the row they belong to.

use serde::{Deserialize, Serialize};

use super::{JobPayload, ObjectKey, ObjectPrefix, ObjectStore, ObjectStoreError};

/// Deletes objects once the row they belong to is gone. Repeatable: what is not there is deleted already.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteObjects {
    /// Keys of single objects.
    pub keys: Vec<String>,
    /// Folders, each ending with `/`: files an older key scheme may have left (checklist CW2).
    #[serde(default)]
    pub prefixes: Vec<String>,
}

impl JobPayload for DeleteObjects {
    const KIND: &'static str = "kernel.objects.delete";
    const VERSION: u16 = 1;
}

impl DeleteObjects {
    /// Deletes these objects.
    pub fn keys(keys: impl IntoIterator<Item = ObjectKey>) -> Self {
        Self { keys: keys.into_iter().map(|key| key.to_string()).collect(), prefixes: Vec::new() }
    }

    /// And everything in this folder.
    #[must_use]
    pub fn and_prefix(mut self, prefix: &ObjectPrefix) -> Self {
        self.prefixes.push(prefix.as_str().to_owned());
        self
    }

    /// Deletes what can be deleted; each failure is logged (checklist W190) and does not keep the others from being tried.
    ///
    /// # Errors
    /// [`ObjectStoreError::Incomplete`] with the number of keys and folders that are left. Stored texts that are no keys are passed over:
    /// no object can have them.
    pub async fn run(&self, objects: &dyn ObjectStore) -> Result<(), ObjectStoreError> {
        let mut left = 0;
        for key in self.keys.iter().filter_map(|text| ObjectKey::parse(text).ok()) {
            if let Err(error) = objects.delete(&key).await {
                tracing::error!("Failed to delete file {key}: {error}");
                left += 1;
            }
        }
        for prefix in self.prefixes.iter().filter_map(|text| ObjectPrefix::parse(text).ok()) {
            match objects.delete_prefix(&prefix).await {
                Ok(deletion) => {
                    for (key, error) in &deletion.failed {
                        tracing::error!("Failed to delete file {key}: {error}");
                    }
                    left += deletion.failed.len();
                }
                Err(error) => {
                    tracing::error!("Failed to delete file {}: {error}", prefix.as_str());
                    left += 1;
                }
            }
        }
        if left == 0 { Ok(()) } else { Err(ObjectStoreError::Incomplete { left }) }
    }
}
