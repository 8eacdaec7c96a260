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

    /// Enqueues a mail to whoever has this address, if anybody has.
    async fn request_mail(&self, email: &str, purpose: MailPurpose) -> Result<(), IdentityError> {
        let email = Email::parse(email)?;
        let account = self.ports.store.accounts().find_by_email(&email).await?;
        self.enqueue_mail(account.filter(|account| account.is_active).map(|account| account.id), purpose).await
    }

    async fn enqueue_mail(&self, user_id: Option<UserId>, purpose: MailPurpose) -> Result<(), IdentityError> {
        let job = mail_job(&self.ports, user_id, purpose, self.ports.clock.now())?;
        retry_on_contention(
            || async {
                let mut uow = self.ports.store.begin().await?;
                uow.jobs().enqueue(&job).await?;
                Ok(uow.commit().await?)
            },
            store_error,
        )
        .await
    }
}
