//! Identity's background jobs: mails, the erasure of accounts, the removal of what has expired, and the seals of the audit trail.

mod erase;
mod mail;
mod purge;
mod seal;

pub use erase::{EraseAccount, EraseAccountJob};
pub use mail::{MailPurpose, SendMail, SendMailJob};
pub use purge::{PurgeTokens, PurgeTokensJob};
pub use seal::{SealAudit, SealAuditJob};

pub(crate) use mail::{mail_job, reset_code_digest};
