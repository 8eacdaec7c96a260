//! Logging in, and knowing who calls.

use crate::identity::service::attempts::Attempts;
use crate::identity::service::confirmation::same_hash;
use crate::identity::service::wiring::store_error;
use crate::identity::service::{Client, SignedIn};
use crate::identity::{AccessClaims, Account, Actor, IdentityError, Password};
use crate::kernel::{Email, SecretString, Timestamp, retry_on_contention};

use super::AccountService;

/// What a person sends to log in; taken as it is, so that a malformed address answers as an unknown one does.
#[derive(Debug, Clone)]
pub struct LogIn {
    /// The address.
    pub email: String,
    /// The password.
    pub password: SecretString,
}

impl AccountService {
    /// Signs a device in.
    ///
    /// # Errors
    /// [`IdentityError::BadCredentials`], the same in the same time, when the address is unknown, the password is wrong or the account is
    /// not active (W119); [`IdentityError::TooManyAttempts`] after five failures on the account or fifty from the address (CX10).
    #[tracing::instrument(name = "identity.account.log_in", skip_all, err(level = "debug"))]
    pub async fn log_in(&self, command: LogIn, client: &Client) -> Result<SignedIn, IdentityError> {
        let ports = &self.ports;
        let attempts = Attempts::on_account(ports.limiter.as_ref(), ports.secrets.as_ref(), "login", &command.email, client);
        attempts.check().await?;
        let account = match Email::parse(&command.email) {
            Ok(email) => ports.store.accounts().find_by_email(&email).await?,
            Err(_invalid) => None,
        };
        let matches = ports.password_matches(&command.password, account.as_ref()).await?;
        attempts.check().await?;
        let Some(account) = account.filter(|account| matches && account.is_active) else {
            attempts.failed().await;
            return Err(IdentityError::BadCredentials);
        };
        attempts.succeeded().await;
        let rehashed = self.rehashed(&account, command.password).await;
        let now = ports.clock.now();
        let (account, tokens) = retry_on_contention(
            || async {
                let mut uow = ports.store.begin().await?;
                let mut present = uow.accounts().find(account.id).await?.ok_or(IdentityError::BadCredentials)?;
                if !present.is_active || !same_hash(&present, &account) {
                    return Err(IdentityError::BadCredentials);
                }
                if let Some(hash) = &rehashed {
                    present.password_hash = hash.clone();
                    uow.accounts().update(&present).await?;
                }
                let tokens = ports.open_session(uow.as_mut(), &present, client, &self.settings, now).await?;
                uow.commit().await?;
                Ok((present, tokens))
            },
            store_error,
        )
        .await?;
        ports.signed_in(account, tokens).await
    }

    /// Who an access token belongs to: the signature is checked, then the account's present state (CW19, W140).
    ///
    /// # Errors
    /// [`IdentityError::BadCredentials`] for any token that is not good, and when the account is gone or not active.
    #[tracing::instrument(name = "identity.account.authenticate", skip_all, err(level = "debug"))]
    pub async fn authenticate(&self, access_token: &str) -> Result<Actor, IdentityError> {
        self.admit(&self.claims(access_token)?).await
    }

    /// What a token says, once its signature and its times are checked. Says nothing of the account's present state.
    ///
    /// # Errors
    /// [`IdentityError::BadCredentials`] for any token that is not good.
    pub fn claims(&self, access_token: &str) -> Result<AccessClaims, IdentityError> {
        self.ports.signer.verify(access_token, self.ports.clock.now()).map_err(|rejected| {
            tracing::debug!(reason = %rejected, "access token refused");
            IdentityError::BadCredentials
        })
    }

    /// The actor a good token stands for, by the account's present state.
    ///
    /// # Errors
    /// [`IdentityError::BadCredentials`] when the account is gone or not active.
    pub async fn admit(&self, claims: &AccessClaims) -> Result<Actor, IdentityError> {
        let account = self.ports.store.accounts().find(claims.user_id).await?;
        let account = account.filter(|account| account.is_active).ok_or(IdentityError::BadCredentials)?;
        Ok(Actor { user_id: account.id, role: account.role, session_id: claims.session_id })
    }

    /// A hash of present cost where the stored one has another. Not worth failing a sign-in for: the next one tries again.
    async fn rehashed(&self, account: &Account, password: SecretString) -> Option<SecretString> {
        if !self.ports.hasher.needs_rehash(&account.password_hash) {
            return None;
        }
        let password = Password::parse("password", password).ok()?;
        self.ports.hasher.hash(&password).await.inspect_err(|error| tracing::warn!(%error, "password not hashed anew")).ok()
    }

    /// Loads the actor's own account.
    pub(super) async fn own_account(&self, actor: &Actor) -> Result<Account, IdentityError> {
        let account = self.ports.store.accounts().find(actor.user_id).await?;
        account.filter(|account| account.is_active).ok_or(IdentityError::BadCredentials)
    }

    /// The present instant.
    pub(super) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }
}
