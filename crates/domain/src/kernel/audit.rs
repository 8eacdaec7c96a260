//! The audit trail: who changed what that matters.

use super::{AuditId, StoreError, Timestamp, UserId};

/// One audited action. `details` never holds secrets, e-mail addresses or image data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The entry's id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who acted; none for the system itself, or once that person's data were erased.
    pub actor: Option<UserId>,
    /// What was done, as `context.action`, e.g. `identity.role_changed`.
    pub action: &'static str,
    /// To what, as `entity:id`.
    pub subject: String,
    /// Further facts as `name=value` pairs.
    pub details: String,
}

/// Writes audit entries inside a unit of work.
#[async_trait::async_trait]
pub trait AuditWriter: Send {
    /// Appends an entry; it exists exactly if the unit of work commits.
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError>;
}
