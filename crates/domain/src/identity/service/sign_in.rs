//! Beginning a session: what sign-up, log-in and a magic link have in common.

use crate::identity::{AccessClaims, Account, IdentityError, IdentitySettings, IdentityUnitOfWork, RefreshToken, Session};
use crate::kernel::{ExposeSecret, SecretString, SessionId, StoreError, Timestamp};

use super::{IdentityPorts, Profile};

/// The purpose under which refresh tokens are digested.
pub(crate) const REFRESH_PURPOSE: &str = "refresh_tokens";

/// Where a request came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// The peer's address, or what a trusted proxy says it is.
    pub address: String,
    /// The `User-Agent` header; kept to 200 characters.
    pub user_agent: String,
}

impl Client {
    pub(crate) fn short_user_agent(&self) -> String {
        self.user_agent.chars().filter(|c| !c.is_control()).take(200).collect()
    }
}

/// What a signed-in device holds.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The signed access token.
    pub access_token: SecretString,
    /// Seconds until the access token expires.
    pub expires_in_seconds: u64,
    /// Good for one refresh.
    pub refresh_token: SecretString,
    /// The device's session.
    pub session_id: SessionId,
}

/// The outcome of signing in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub profile: Profile,
    /// The device's tokens.
    pub tokens: Tokens,
}

impl IdentityPorts {
    /// Stores a new session with its first refresh token, in the unit of work of the use case.
    pub(crate) async fn open_session(
        &self,
        uow: &mut dyn IdentityUnitOfWork,
        account: &Account,
        client: &Client,
        settings: &IdentitySettings,
        now: Timestamp,
    ) -> Result<Tokens, StoreError> {
        let session = Session {
            id: self.ids.generate(),
            user_id: account.id,
            user_agent: client.short_user_agent(),
            address: client.address.clone(),
            created_at: now,
            last_used_at: now,
            expires_at: now + settings.session_lifetime(),
            revoked_at: None,
        };
        uow.sessions().insert(&session).await?;
        self.issue_tokens(uow, account, &session, settings, now).await
    }

    /// Stores the session's next refresh token and signs an access token.
    pub(crate) async fn issue_tokens(
        &self,
        uow: &mut dyn IdentityUnitOfWork,
        account: &Account,
        session: &Session,
        settings: &IdentitySettings,
        now: Timestamp,
    ) -> Result<Tokens, StoreError> {
        let refresh_token = self.secrets.token();
        let stored = RefreshToken {
            digest: self.secrets.digest(REFRESH_PURPOSE, refresh_token.expose_secret()),
            session_id: session.id,
            user_id: account.id,
            expires_at: session.expires_at,
        };
        uow.sessions().add_token(&stored).await?;
        let claims = AccessClaims {
            user_id: account.id,
            role: account.role,
            session_id: Some(session.id),
            issued_at: now,
            expires_at: now + settings.access_token_lifetime(),
        };
        Ok(Tokens {
            access_token: self.signer.sign(&claims),
            expires_in_seconds: u64::from(settings.access_token_minutes) * 60,
            refresh_token,
            session_id: session.id,
        })
    }

    pub(crate) async fn signed_in(&self, account: Account, tokens: Tokens) -> Result<SignedIn, IdentityError> {
        Ok(SignedIn { profile: self.profile(account).await?, tokens })
    }
}
