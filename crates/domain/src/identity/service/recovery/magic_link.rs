//! Signing in from a mailed link.

use crate::identity::jobs::MailPurpose;
use crate::identity::service::attempts::Attempts;
use crate::identity::service::wiring::store_error;
use crate::identity::service::{Client, SignedIn};
use crate::identity::{IdentityError, OneTimePurpose};
use crate::kernel::{Email, ExposeSecret, SecretString, retry_on_contention};

use super::{Recipient, RecoveryService};

impl RecoveryService {
    /// Mails a link that signs in once within ten minutes.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] when `email` is no address. An unknown one is no error.
    #[tracing::instrument(name = "identity.recovery.request_magic_link", skip_all, err(level = "debug"))]
    pub async fn request_magic_link(&self, email: &str) -> Result<(), IdentityError> {
        let email = Email::parse(email)?;
        self.request_mail(Recipient::Address(&email), MailPurpose::MagicLink).await
    }

    /// Signs a device in by a mailed link, once. Whoever opens it has the address, so that is confirmed, too.
    ///
    /// # Errors
    /// [`IdentityError::LinkInvalid`] whatever is wrong with the token or the account; [`IdentityError::TooManyAttempts`] after fifty
    /// failures from the address.
    #[tracing::instrument(name = "identity.recovery.consume_magic_link", skip_all, err(level = "debug"))]
    pub async fn consume_magic_link(&self, token: &SecretString, client: &Client) -> Result<SignedIn, IdentityError> {
        let ports = &self.ports;
        let attempts = Attempts::of_address(ports.limiter.as_ref(), "magic", client);
        attempts.check().await?;
        let purpose = OneTimePurpose::MagicLink;
        let digest = ports.secrets.digest(purpose.collection(), token.expose_secret());
        let now = ports.clock.now();
        let outcome = retry_on_contention(
            || async {
                let mut uow = ports.store.begin().await?;
                let link = uow.one_time_tokens().take(purpose, &digest, now).await?.ok_or(IdentityError::LinkInvalid)?;
                let account = uow.accounts().find(link.user_id).await?;
                let account = account.filter(|account| account.is_active && link.email.as_ref() == Some(&account.email));
                let mut account = account.ok_or(IdentityError::LinkInvalid)?;
                uow.one_time_tokens().delete_all(purpose, account.id).await?;
                if !account.email_verified {
                    account.email_verified = true;
                    account.updated_at = now;
                    uow.accounts().update(&account).await?;
                }
                let tokens = ports.open_session(uow.as_mut(), &account, client, &self.settings, now).await?;
                uow.commit().await?;
                Ok((account, tokens))
            },
            store_error,
        )
        .await;
        if matches!(outcome, Err(IdentityError::LinkInvalid)) {
            attempts.failed().await;
        }
        let (account, tokens) = outcome?;
        ports.signed_in(account, tokens).await
    }
}
