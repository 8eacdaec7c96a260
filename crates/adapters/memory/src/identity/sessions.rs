//! Sessions and refresh tokens.

use std::sync::Arc;

use atelier_domain::identity::{RefreshToken, RefreshUse, Session, SessionQueries, SessionRepository};
use atelier_domain::kernel::{SessionId, StoreError, Timestamp, UserId};

use crate::state::purge;
use crate::store::MemoryStore;
use crate::transaction::Transaction;

/// A refresh token and whether it was used up.
#[derive(Debug, Clone)]
pub(crate) struct StoredRefreshToken {
    token: RefreshToken,
    used: bool,
}

impl StoredRefreshToken {
    /// Whose.
    pub(crate) fn user_id(&self) -> UserId {
        self.token.user_id
    }
}

#[async_trait::async_trait]
impl SessionQueries for MemoryStore {
    async fn live(&self, user_id: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let state = self.committed();
        let live = state.sessions.values().filter(|session| session.user_id == user_id && session.is_live(now));
        let mut sessions: Vec<Session> = live.cloned().collect();
        sessions.sort_by_key(|session| std::cmp::Reverse((session.last_used_at, session.id)));
        Ok(sessions)
    }
}

#[async_trait::async_trait]
impl SessionRepository for Transaction {
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError> {
        Arc::make_mut(&mut self.state.sessions).insert(session.id, session.clone());
        Ok(())
    }

    async fn find(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.state.sessions.get(&id).cloned())
    }

    async fn update(&mut self, session: &Session) -> Result<(), StoreError> {
        if let Some(row) = Arc::make_mut(&mut self.state.sessions).get_mut(&session.id) {
            row.clone_from(session);
        }
        Ok(())
    }

    async fn revoke_all(&mut self, user_id: UserId, except: Option<SessionId>, now: Timestamp) -> Result<u64, StoreError> {
        let sessions = Arc::make_mut(&mut self.state.sessions).values_mut();
        let others = sessions.filter(|session| session.user_id == user_id && session.is_live(now) && Some(session.id) != except);
        Ok(others.map(|session| session.revoked_at = Some(now)).count() as u64)
    }

    async fn add_token(&mut self, token: &RefreshToken) -> Result<(), StoreError> {
        let stored = StoredRefreshToken { token: token.clone(), used: false };
        Arc::make_mut(&mut self.state.refresh_tokens).insert(token.digest.clone(), stored);
        Ok(())
    }

    async fn use_token(&mut self, digest: &str, now: Timestamp) -> Result<RefreshUse, StoreError> {
        let Some(stored) = Arc::make_mut(&mut self.state.refresh_tokens).get_mut(digest) else {
            return Ok(RefreshUse::Unknown);
        };
        if stored.used {
            return Ok(RefreshUse::Reused(stored.token.clone()));
        }
        if stored.token.expires_at <= now {
            return Ok(RefreshUse::Unknown);
        }
        stored.used = true;
        Ok(RefreshUse::Fresh(stored.token.clone()))
    }

    async fn delete_all(&mut self, user_id: UserId) -> Result<(), StoreError> {
        purge(&mut self.state.sessions, |session| session.user_id == user_id);
        purge(&mut self.state.refresh_tokens, |stored| stored.token.user_id == user_id);
        Ok(())
    }

    async fn purge_ended(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let sessions =
            purge(&mut self.state.sessions, |session| session.revoked_at.unwrap_or(session.expires_at).min(session.expires_at) < before);
        let tokens = purge(&mut self.state.refresh_tokens, |stored| stored.token.expires_at < before);
        Ok(sessions + tokens)
    }
}
