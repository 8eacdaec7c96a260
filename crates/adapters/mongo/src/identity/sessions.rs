//! Sessions and refresh tokens.

use atelier_domain::identity::{RefreshToken, RefreshUse, Session, SessionQueries, SessionRepository};
use atelier_domain::kernel::{SessionId, StoreError, Timestamp, UserId};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::{FindOptions, Hint};

use crate::collections::{REFRESH_TOKENS, SESSIONS};
use crate::document::{Fields, date, oid, replacing, stored};
use crate::indexes::keys;
use crate::statements::by;
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl SessionQueries for MongoStore {
    async fn live(&self, user_id: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let options =
            FindOptions::builder().sort(doc! { "last_used_at": -1, "_id": -1 }).hint(Hint::Keys(keys::USER_LAST_USED.document())).build();
        let found = self.all("sessions.live", SESSIONS, live(user_id, now), options).await?;
        found.iter().map(session).collect()
    }
}

#[async_trait::async_trait]
impl SessionRepository for MongoTransaction {
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError> {
        self.add("sessions.insert", SESSIONS, stored(document(session))).await
    }

    async fn find(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let document = self.locked("sessions.find", SESSIONS, by("_id", oid(id))).await?;
        document.as_ref().map(session).transpose()
    }

    async fn update(&mut self, session: &Session) -> Result<(), StoreError> {
        let mut fields = document(session);
        fields.remove("_id");
        self.change("sessions.update", SESSIONS, by("_id", oid(session.id)), replacing(fields)).await.map(drop)
    }

    async fn revoke_all(&mut self, user_id: UserId, except: Option<SessionId>, now: Timestamp) -> Result<u64, StoreError> {
        let mut filter = live(user_id, now);
        if let Some(except) = except {
            filter.insert("_id", doc! { "$ne": oid(except) });
        }
        self.change_all("sessions.revoke_all", SESSIONS, filter, doc! { "$set": { "revoked_at": date(now) } }).await
    }

    async fn add_token(&mut self, token: &RefreshToken) -> Result<(), StoreError> {
        let document = doc! {
            "digest": &token.digest,
            "session_id": oid(token.session_id),
            "user_id": oid(token.user_id),
            "expires_at": date(token.expires_at),
        };
        self.add("sessions.add_token", REFRESH_TOKENS, document).await
    }

    /// The token is locked before it is looked at, so that of two uses one is first.
    async fn use_token(&mut self, digest: &str, now: Timestamp) -> Result<RefreshUse, StoreError> {
        let Some(document) = self.locked("sessions.find_token", REFRESH_TOKENS, by("digest", digest)).await? else {
            return Ok(RefreshUse::Unknown);
        };
        let fields = Fields::of("refresh token", &document);
        let token = RefreshToken {
            digest: fields.text("digest")?.to_owned(),
            session_id: fields.id("session_id")?,
            user_id: fields.id("user_id")?,
            expires_at: fields.time("expires_at")?,
        };
        if fields.time_optional("used_at")?.is_some() {
            return Ok(RefreshUse::Reused(token));
        }
        if token.expires_at <= now {
            return Ok(RefreshUse::Unknown);
        }
        self.change("sessions.use_token", REFRESH_TOKENS, by("digest", digest), doc! { "$set": { "used_at": date(now) } }).await?;
        Ok(RefreshUse::Fresh(token))
    }

    async fn delete_all(&mut self, user_id: UserId) -> Result<(), StoreError> {
        for collection in [SESSIONS, REFRESH_TOKENS] {
            self.remove_all("sessions.delete_all", collection, by("user_id", oid(user_id))).await?;
        }
        Ok(())
    }

    async fn purge_ended(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let ended = |field: &str| doc! { field: { "$lt": date(before) } };
        let mut purged = 0;
        for (collection, field) in [(SESSIONS, "expires_at"), (SESSIONS, "revoked_at"), (REFRESH_TOKENS, "expires_at")] {
            purged += self.remove_all("sessions.purge_ended", collection, ended(field)).await?;
        }
        Ok(purged)
    }
}

fn live(user_id: UserId, now: Timestamp) -> Document {
    doc! { "user_id": oid(user_id), "revoked_at": Bson::Null, "expires_at": { "$gt": date(now) } }
}

fn document(session: &Session) -> Document {
    doc! {
        "_id": oid(session.id),
        "user_id": oid(session.user_id),
        "user_agent": &session.user_agent,
        "address": &session.address,
        "created_at": date(session.created_at),
        "last_used_at": date(session.last_used_at),
        "expires_at": date(session.expires_at),
        "revoked_at": session.revoked_at.map(date),
    }
}

fn session(document: &Document) -> Result<Session, StoreError> {
    let fields = Fields::of("session", document);
    Ok(Session {
        id: fields.id("_id")?,
        user_id: fields.id("user_id")?,
        user_agent: fields.text("user_agent")?.to_owned(),
        address: fields.text("address")?.to_owned(),
        created_at: fields.time("created_at")?,
        last_used_at: fields.time("last_used_at")?,
        expires_at: fields.time("expires_at")?,
        revoked_at: fields.time_optional("revoked_at")?,
    })
}
