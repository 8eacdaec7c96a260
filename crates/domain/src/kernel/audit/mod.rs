//! The audit trail: who changed what that matters.
//!
//! An entry is written in the unit of work of what it tells, so that it exists exactly if that happened. Afterwards a job seals the entries
//! in a chain: each seal has a number without gaps and the digest of the seal before it, of what its entry says, and of a salted digest of
//! each name in it. An entry that was changed, removed or put in later no longer fits ([`SealFault`]).
//!
//! Erasing a person takes the names out of entries. It forgets the names' salts with them: what is left in the seal fits the chain for ever
//! and tells nobody whose name it was.

mod entry;
mod seal;
mod trail;

pub use entry::{AuditEntry, AuditWriter};
pub use seal::{AuditDigest, AuditSeal, NameSeal, SealFault};
pub use trail::{AuditFilter, AuditRecord, AuditTrail, SealedEntry};
