//! Staying signed in, and signing out.

use crate::identity::service::sign_in::REFRESH_PURPOSE;
use crate::identity::service::wiring::store_error;
use crate::identity::service::{Client, SignedIn};
use crate::identity::{Actor, IdentityError, IdentityUnitOfWork, RefreshToken, RefreshUse, Session};
use crate::kernel::{ExposeSecret, SecretString, SessionId, StoreError, Timestamp, retry_on_contention};

use super::AccountService;

/// A device of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionInfo {
    /// The device's session.
    pub session: Session,
    /// Whether it is the one asking.
    pub is_current: bool,
}

impl AccountService {
    /// Trades a refresh token for new tokens. Each token is good once: one that comes back was stolen, or its thief was faster, so the
    /// whole family is signed out.
    ///
    /// # Errors
    /// [`IdentityError::BadCredentials`] for an unknown, used or expired token, a revoked session, or an account that is not active.
    #[tracing::instrument(name = "identity.account.refresh", skip_all, err(level = "debug"))]
    pub async fn refresh(&self, refresh_token: &SecretString, client: &Client) -> Result<SignedIn, IdentityError> {
        let digest = self.ports.secrets.digest(REFRESH_PURPOSE, refresh_token.expose_secret());
        let now = self.now();
        let (account, tokens) = retry_on_contention(
            || async {
                let mut uow = self.ports.store.begin().await?;
                let token = match uow.sessions().use_token(&digest, now).await? {
                    RefreshUse::Fresh(token) => token,
                    RefreshUse::Unknown => return Err(IdentityError::BadCredentials),
                    RefreshUse::Reused(token) => {
                        self.end_family(uow, &token, now).await?;
                        return Err(IdentityError::BadCredentials);
                    }
                };
                let session = uow.sessions().find(token.session_id).await?.filter(|session| session.is_live(now));
                let account = uow.accounts().find(token.user_id).await?.filter(|account| account.is_active);
                let (Some(session), Some(account)) = (session, account) else { return Err(IdentityError::BadCredentials) };
                if now >= token.expires_at {
                    return Err(IdentityError::BadCredentials);
                }
                let session = Session {
                    last_used_at: now,
                    expires_at: now + self.settings.session_lifetime(),
                    user_agent: client.short_user_agent(),
                    address: client.address.clone(),
                    ..session
                };
                uow.sessions().update(&session).await?;
                let tokens = self.ports.issue_tokens(uow.as_mut(), &account, &session, &self.settings, now).await?;
                uow.commit().await?;
                Ok((account, tokens))
            },
            store_error,
        )
        .await?;
        self.ports.signed_in(account, tokens).await
    }

    async fn end_family(&self, mut uow: Box<dyn IdentityUnitOfWork>, token: &RefreshToken, now: Timestamp) -> Result<(), StoreError> {
        if revoke(uow.as_mut(), token.session_id, now).await? {
            tracing::warn!(session_id = %token.session_id, "a used refresh token came back: its session is revoked");
            let details = format!("session={}", token.session_id);
            uow.audit().append(&self.ports.audit(None, "identity.refresh_token_reused", token.user_id, details, now)).await?;
        }
        uow.commit().await
    }

    /// Signs the device of a refresh token out; a token nobody knows is signed out already.
    ///
    /// # Errors
    /// [`IdentityError::Store`] only.
    #[tracing::instrument(name = "identity.account.log_out", skip_all, err(level = "debug"))]
    pub async fn log_out(&self, refresh_token: &SecretString) -> Result<(), IdentityError> {
        let digest = self.ports.secrets.digest(REFRESH_PURPOSE, refresh_token.expose_secret());
        let now = self.now();
        retry_on_contention(
            || async {
                let mut uow = self.ports.store.begin().await?;
                match uow.sessions().use_token(&digest, now).await? {
                    RefreshUse::Fresh(token) | RefreshUse::Reused(token) => {
                        revoke(uow.as_mut(), token.session_id, now).await?;
                        Ok(uow.commit().await?)
                    }
                    RefreshUse::Unknown => Ok(()),
                }
            },
            store_error,
        )
        .await
    }

    /// The person's signed-in devices, last used first.
    ///
    /// # Errors
    /// [`IdentityError::Store`] only.
    #[tracing::instrument(name = "identity.account.sessions", skip_all, err(level = "debug"))]
    pub async fn sessions(&self, actor: &Actor) -> Result<Vec<SessionInfo>, IdentityError> {
        let live = self.ports.store.sessions().live(actor.user_id, self.now()).await?;
        Ok(live.into_iter().map(|session| SessionInfo { is_current: actor.session_id == Some(session.id), session }).collect())
    }

    /// Signs one of the person's devices out. Its access token lives on for its remaining minutes.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] when the person has no such live session.
    #[tracing::instrument(name = "identity.account.revoke_session", skip_all, fields(session_id = %id), err(level = "debug"))]
    pub async fn revoke_session(&self, actor: &Actor, id: SessionId) -> Result<(), IdentityError> {
        let now = self.now();
        retry_on_contention(
            || async {
                let mut uow = self.ports.store.begin().await?;
                let session = uow.sessions().find(id).await?;
                if !session.is_some_and(|session| session.user_id == actor.user_id && session.is_live(now)) {
                    return Err(IdentityError::NotFound);
                }
                revoke(uow.as_mut(), id, now).await?;
                Ok(uow.commit().await?)
            },
            store_error,
        )
        .await
    }
}

/// Revokes a session; `false` when it was revoked before, or is gone.
async fn revoke(uow: &mut dyn IdentityUnitOfWork, id: SessionId, now: Timestamp) -> Result<bool, StoreError> {
    match uow.sessions().find(id).await? {
        Some(session) if session.revoked_at.is_none() => {
            uow.sessions().update(&Session { revoked_at: Some(now), ..session }).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}
