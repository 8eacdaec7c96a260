//! Identity's background jobs: mails, the erasure of accounts, and the removal of what has expired.

mod erase;
mod mail;
mod purge;

pub use erase::{EraseAccount, EraseAccountJob};
pub use mail::{MailPurpose, SendMail, SendMailJob};
pub use purge::{PurgeTokens, PurgeTokensJob};

pub(crate) use mail::{mail_job, reset_code_digest};
