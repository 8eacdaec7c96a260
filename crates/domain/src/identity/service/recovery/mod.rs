//! Ways back into an account, and the proof of an address: `reset` (a mailed code), `magic_link`, `verify_email`.
//!
//! Every request enqueues a job that does the work, also for unknown addresses: the answer and its time tell nothing, and no secret is
//! stored in clear.

mod magic_link;
mod reset;
mod verify_email;

use crate::identity::jobs::{MailPurpose, mail_job};
use crate::identity::{IdentityError, IdentitySettings};
use crate::kernel::{Email, UserId, retry_on_contention};

use super::IdentityPorts;
use super::wiring::store_error;

pub use reset::ResetPassword;

/// To whom a mail goes.
#[derive(Clone, Copy)]
enum Recipient<'a> {
    /// Whoever has this address, if anybody has.
    Address(&'a Email),
    /// The owner of this account.
    Account(UserId),
}

/// Reset codes, magic links and the confirmation of addresses.
#[derive(Clone)]
pub struct RecoveryService {
    ports: IdentityPorts,
    settings: IdentitySettings,
}

impl RecoveryService {
    /// Makes the service.
    pub fn new(ports: IdentityPorts, settings: IdentitySettings) -> Self {
        Self { ports, settings }
    }

    /// Enqueues a mail to whoever `recipient` finds, or to nobody.
    async fn request_mail(&self, recipient: Recipient<'_>, purpose: MailPurpose) -> Result<(), IdentityError> {
        let now = self.ports.clock.now();
        retry_on_contention(
            || async {
                let mut uow = self.ports.store.begin().await?;
                let account = match recipient {
                    Recipient::Address(email) => uow.accounts().find_by_email(email).await?,
                    Recipient::Account(id) => uow.accounts().find(id).await?,
                };
                // Found in the same unit of work: no job names a person whose erasure has begun.
                let user_id = account.filter(|account| account.is_active).map(|account| account.id);
                uow.jobs().enqueue(&mail_job(&self.ports, user_id, purpose, now)?).await?;
                Ok(uow.commit().await?)
            },
            store_error,
        )
        .await
    }
}
