//! What the platform holds on a person: exported on demand, erased on demand, in every context.

use super::{ObjectStoreError, StoreError, UserId};

/// Export or erasure did not finish; trying again continues.
#[derive(Debug, thiserror::Error)]
pub enum PersonalDataError {
    /// The store failed.
    #[error("personal data in the store")]
    Store(#[from] StoreError),
    /// The object store failed, or some objects are left.
    #[error("personal data in the object store")]
    Objects(#[from] ObjectStoreError),
}

/// One context's part of an export.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportSection {
    /// The context, the section's name in the export.
    pub context: &'static str,
    /// Its data; files as signed URLs.
    pub data: serde_json::Value,
}

/// One context's duty towards a person's data.
#[async_trait::async_trait]
pub trait PersonalData: Send + Sync {
    /// The context's name.
    fn context(&self) -> &'static str;
    /// The collections (tables) that hold a person's id in this context. A test fails when a store has one that no context claims.
    fn collections(&self) -> &'static [&'static str];
    /// Everything held on the person.
    async fn export(&self, user_id: UserId) -> Result<ExportSection, PersonalDataError>;
    /// Erases everything held on the person. MUST be repeatable: a second run finds nothing and succeeds.
    async fn erase(&self, user_id: UserId) -> Result<(), PersonalDataError>;
}
