//! Checking a typed password, and asking for it again before what must not happen by accident.

use crate::identity::{Account, IdentityError, Password};
use crate::kernel::{ExposeSecret, Invalid, SecretString};

use super::attempts::Attempts;
use super::{Client, IdentityPorts};

impl IdentityPorts {
    /// Whether a typed password is the account's; spends the same time without an account, and for text that cannot be a password
    /// (longer than bcrypt reads, say).
    pub(crate) async fn password_matches(&self, typed: &SecretString, account: Option<&Account>) -> Result<bool, IdentityError> {
        let plausible = Password::parse("password", typed.clone()).is_ok();
        let hash = account.filter(|_account| plausible).map(|account| &account.password_hash);
        Ok(self.hasher.verify(typed, hash).await?)
    }

    /// Checks the actor's password again (W137: invalid credentials are 401). Wrong ones are counted, so that a stolen access token does not
    /// open endless guessing.
    pub(crate) async fn confirm_password(
        &self,
        account: &Account,
        field: &str,
        typed: &SecretString,
        client: &Client,
    ) -> Result<(), IdentityError> {
        if typed.expose_secret().is_empty() {
            return Err(Invalid::field(field, "must not be empty").into());
        }
        let attempts = Attempts::on_account(self.limiter.as_ref(), self.secrets.as_ref(), "confirm", account.email.as_str(), client);
        attempts.check().await?;
        let matches = self.password_matches(typed, Some(account)).await?;
        attempts.check().await?;
        if matches {
            attempts.succeeded().await;
            Ok(())
        } else {
            attempts.failed().await;
            Err(IdentityError::BadCredentials)
        }
    }
}

/// Whether the password is still the one that was checked.
pub(crate) fn same_hash(present: &Account, checked: &Account) -> bool {
    present.password_hash.expose_secret() == checked.password_hash.expose_secret()
}
