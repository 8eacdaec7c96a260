//! One audited action.

use std::borrow::Cow;

use crate::kernel::{AuditId, StoreError, Timestamp, UserId};

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
    pub action: Cow<'static, str>,
    /// To what, as `entity:id`; [`AuditEntry::ERASED`] once the account it names was erased.
    pub subject: String,
    /// Further facts as `name=value` pairs.
    pub details: String,
}

impl AuditEntry {
    /// What stands in the place of an erased account.
    pub const ERASED: &'static str = "account:erased";

    /// How an account is named as a subject.
    pub fn account(user_id: UserId) -> String {
        format!("account:{user_id}")
    }
}

/// Writes audit entries inside a unit of work.
#[async_trait::async_trait]
pub trait AuditWriter: Send {
    /// Appends an entry; it exists exactly if the unit of work commits.
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError>;
}
