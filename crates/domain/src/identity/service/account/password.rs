//! Changing the password.

use crate::identity::service::Client;
use crate::identity::service::confirmation::same_hash;
use crate::identity::service::wiring::store_error;
use crate::identity::{Actor, IdentityError, Password};
use crate::kernel::{SecretString, retry_on_contention};

use super::AccountService;

impl AccountService {
    /// Sets another password and signs every other device out.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] on `new_password`; [`IdentityError::BadCredentials`] when `current_password` is wrong;
    /// [`IdentityError::TooManyAttempts`] after five wrong ones.
    #[tracing::instrument(name = "identity.account.change_password", skip_all, err(level = "debug"))]
    pub async fn change_password(
        &self,
        actor: &Actor,
        current_password: &SecretString,
        new_password: SecretString,
        client: &Client,
    ) -> Result<(), IdentityError> {
        let new_password = Password::parse("new_password", new_password)?;
        let checked = self.own_account(actor).await?;
        self.ports.confirm_password(&checked, "current_password", current_password, client).await?;
        let hash = self.ports.hasher.hash(&new_password).await?;
        let now = self.now();
        retry_on_contention(
            || async {
                let mut uow = self.ports.store.begin().await?;
                let mut account = uow.accounts().find(actor.user_id).await?.ok_or(IdentityError::BadCredentials)?;
                if !account.is_active || !same_hash(&account, &checked) {
                    return Err(IdentityError::BadCredentials);
                }
                account.password_hash = hash.clone();
                account.updated_at = now;
                uow.accounts().update(&account).await?;
                uow.resets().delete(account.id).await?;
                let revoked = uow.sessions().revoke_all(account.id, actor.session_id, now).await?;
                let details = format!("sessions_revoked={revoked}");
                uow.audit().append(&self.ports.audit(Some(actor.user_id), "identity.password_changed", account.id, details, now)).await?;
                Ok(uow.commit().await?)
            },
            store_error,
        )
        .await
    }
}
