//! Confirming an address.

use crate::identity::jobs::MailPurpose;
use crate::identity::service::Client;
use crate::identity::service::attempts::Attempts;
use crate::identity::service::wiring::store_error;
use crate::identity::{Actor, IdentityError, OneTimePurpose};
use crate::kernel::{ExposeSecret, SecretString, retry_on_contention};

use super::{Recipient, RecoveryService};

impl RecoveryService {
    /// Mails the actor a link that confirms the address; one that is confirmed gets no mail.
    ///
    /// # Errors
    /// [`IdentityError::Store`] only.
    #[tracing::instrument(name = "identity.recovery.request_verification", skip_all, err(level = "debug"))]
    pub async fn request_verification(&self, actor: &Actor) -> Result<(), IdentityError> {
        self.request_mail(Recipient::Account(actor.user_id), MailPurpose::VerifyEmail).await
    }

    /// Confirms an address by the token mailed to it; needs no sign-in, as mails are read on other devices.
    ///
    /// # Errors
    /// [`IdentityError::LinkInvalid`] whatever is wrong with the token, also when the account has another address by now;
    /// [`IdentityError::TooManyAttempts`] after fifty failures from the address.
    #[tracing::instrument(name = "identity.recovery.verify_email", skip_all, err(level = "debug"))]
    pub async fn verify_email(&self, token: &SecretString, client: &Client) -> Result<(), IdentityError> {
        let ports = &self.ports;
        let attempts = Attempts::of_address(ports.limiter.as_ref(), "verify", client);
        attempts.check().await?;
        let purpose = OneTimePurpose::VerifyEmail;
        let digest = ports.secrets.digest(purpose.collection(), token.expose_secret());
        let now = ports.clock.now();
        let outcome = retry_on_contention(
            || async {
                let mut uow = ports.store.begin().await?;
                let token = uow.one_time_tokens().take(purpose, &digest, now).await?.ok_or(IdentityError::LinkInvalid)?;
                let account = uow.accounts().find(token.user_id).await?;
                let account = account.filter(|account| account.is_active && token.email.as_ref() == Some(&account.email));
                let mut account = account.ok_or(IdentityError::LinkInvalid)?;
                account.email_verified = true;
                account.updated_at = now;
                uow.accounts().update(&account).await?;
                uow.one_time_tokens().delete_all(purpose, account.id).await?;
                Ok(uow.commit().await?)
            },
            store_error,
        )
        .await;
        if matches!(outcome, Err(IdentityError::LinkInvalid)) {
            attempts.failed().await;
        }
        outcome
    }
}
