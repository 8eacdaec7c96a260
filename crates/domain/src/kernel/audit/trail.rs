//! What sealing, verification and administrators need of the audit trail. Collections `audit` and `audit_seals`.

use super::{AuditEntry, AuditSeal};
use crate::kernel::{AuditId, Page, Paged, StoreError, Timestamp};

/// Which entries are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only of this action, e.g. `identity.role_changed`.
    pub action: Option<String>,
    /// Only about this, e.g. `account:` and an id.
    pub subject: Option<String>,
}

/// An entry with its seal, once it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// The entry.
    pub entry: AuditEntry,
    /// Its link of the chain.
    pub seal: Option<AuditSeal>,
}

/// A link of the chain with the entry it seals; none when that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEntry {
    /// The link.
    pub seal: AuditSeal,
    /// The entry as it is now.
    pub entry: Option<AuditEntry>,
}

/// Reads the audit trail, and seals it.
///
/// An erasure that runs beside a seal MUST NOT leave a seal with the salt of a name that its entry has lost.
#[async_trait::async_trait]
pub trait AuditTrail: Send + Sync {
    /// Entries not sealed yet whose time is not after `until`, by time, then id; at most `limit`.
    async fn unsealed(&self, until: Timestamp, limit: u32) -> Result<Vec<AuditEntry>, StoreError>;
    /// The last link of the chain.
    async fn last_seal(&self) -> Result<Option<AuditSeal>, StoreError>;
    /// Adds links with the entries they were made of, all or none.
    ///
    /// MUST answer [`StoreError::Conflict`] on `audit_seals.seq` or `audit_seals.entry` when another one has the number or the entry, and
    /// [`StoreError::Contention`] when an entry is not as it was read.
    async fn seal(&self, links: &[(AuditSeal, AuditEntry)]) -> Result<(), StoreError>;
    /// The links after number `after` (0 for the first ones), in order, at most `limit`.
    async fn sealed(&self, after: u64, limit: u32) -> Result<Vec<SealedEntry>, StoreError>;
    /// Every entry after this one, sealed or not, by time, then id; at most `limit`.
    async fn walk(&self, after: Option<(Timestamp, AuditId)>, limit: u32) -> Result<Vec<AuditRecord>, StoreError>;
    /// A page of entries, newest first, ties by id descending.
    async fn list(&self, filter: &AuditFilter, page: &Page) -> Result<Paged<AuditRecord>, StoreError>;
}
