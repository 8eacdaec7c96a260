//! A forgotten password.

use crate::identity::jobs::{MailPurpose, reset_code_digest};
use crate::identity::service::Client;
use crate::identity::service::attempts::Attempts;
use crate::identity::service::wiring::store_error;
use crate::identity::{Account, IdentityError, Password, PasswordReset};
use crate::kernel::{Email, EntityId, ExposeSecret, SecretString, Timestamp, UserId, retry_on_contention};

use super::{Recipient, RecoveryService};

/// What a person sends to set another password by a mailed code.
#[derive(Debug, Clone)]
pub struct ResetPassword {
    /// The address the code was mailed to.
    pub email: String,
    /// The six digits.
    pub code: SecretString,
    /// The new password.
    pub new_password: SecretString,
}

impl RecoveryService {
    /// Mails a six-digit code, valid ten minutes, to the account's address; a new one voids the older.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] when `email` is no address. An unknown one is no error.
    #[tracing::instrument(name = "identity.recovery.forgot_password", skip_all, err(level = "debug"))]
    pub async fn forgot_password(&self, email: &str) -> Result<(), IdentityError> {
        let email = Email::parse(email)?;
        self.request_mail(Recipient::Address(&email), MailPurpose::ResetPassword).await
    }

    /// Sets another password by a mailed code, once, and signs every device out.
    ///
    /// # Errors
    /// [`IdentityError::ResetCodeInvalid`], whatever is wrong with the code, also at ten minutes and zero seconds (W69), after five wrong
    /// tries, and when the address is unknown; [`IdentityError::Invalid`] on `new_password`; [`IdentityError::TooManyAttempts`].
    #[tracing::instrument(name = "identity.recovery.reset_password", skip_all, err(level = "debug"))]
    pub async fn reset_password(&self, command: ResetPassword, client: &Client) -> Result<(), IdentityError> {
        let new_password = Password::parse("new_password", command.new_password)?;
        let ports = &self.ports;
        let attempts = Attempts::on_account(ports.limiter.as_ref(), ports.secrets.as_ref(), "reset", &command.email, client);
        attempts.check().await?;
        let account = match Email::parse(&command.email) {
            Ok(email) => ports.store.accounts().find_by_email(&email).await?.filter(|account| account.is_active),
            Err(_invalid) => None,
        };
        // Without an account the same steps are taken for nobody's id, so that their time tells nothing.
        let user_id = account.as_ref().map_or(UserId::from_bytes([0; 12]), |account| account.id);
        let digest = reset_code_digest(ports, user_id, command.code.expose_secret().trim());
        let good = retry_on_contention(|| self.try_code(user_id, &digest), store_error).await?;
        attempts.check().await?;
        let Some(account) = account.filter(|_account| good) else {
            attempts.failed().await;
            return Err(IdentityError::ResetCodeInvalid);
        };
        // Hashing takes its time outside any unit of work; the code is checked again, and used up, together with the change.
        let hash = ports.hasher.hash(&new_password).await?;
        retry_on_contention(|| self.use_code(&account, &digest, &hash), store_error).await?;
        attempts.succeeded().await;
        Ok(())
    }

    /// Whether the code is good now; a wrong one is counted.
    async fn try_code(&self, user_id: UserId, digest: &str) -> Result<bool, IdentityError> {
        let mut uow = self.ports.store.begin().await?;
        let good = is_good(uow.resets().find(user_id).await?.as_ref(), digest, self.ports.clock.now());
        if !good {
            uow.resets().count_try(user_id).await?;
            uow.commit().await?;
        }
        Ok(good)
    }

    async fn use_code(&self, account: &Account, digest: &str, hash: &SecretString) -> Result<(), IdentityError> {
        let now = self.ports.clock.now();
        let mut uow = self.ports.store.begin().await?;
        let present = uow.accounts().find(account.id).await?.filter(|present| present.is_active);
        let reset = uow.resets().find(account.id).await?;
        let Some(mut present) = present.filter(|_account| is_good(reset.as_ref(), digest, now)) else {
            return Err(IdentityError::ResetCodeInvalid);
        };
        uow.resets().delete(account.id).await?;
        present.password_hash = hash.clone();
        present.updated_at = now;
        uow.accounts().update(&present).await?;
        let revoked = uow.sessions().revoke_all(account.id, None, now).await?;
        let details = format!("sessions_revoked={revoked}");
        uow.audit().append(&self.ports.audit(Some(account.id), "identity.password_reset", account.id, details, now)).await?;
        Ok(uow.commit().await?)
    }
}

fn is_good(reset: Option<&PasswordReset>, digest: &str, now: Timestamp) -> bool {
    reset.is_some_and(|reset| reset.tries < PasswordReset::MAX_TRIES && now < reset.expires_at && reset.code_digest == digest)
}
