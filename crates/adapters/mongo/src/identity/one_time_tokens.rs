//! Magic links, address confirmations and tickets: one collection per purpose, all of one form.

use atelier_domain::identity::{OneTimePurpose, OneTimeToken, OneTimeTokenRepository};
use atelier_domain::kernel::{Email, StoreError, Timestamp, UserId};
use mongodb::bson::doc;

use crate::document::{Fields, date, oid, stored};
use crate::statements::by;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl OneTimeTokenRepository for MongoTransaction {
    async fn insert(&mut self, token: &OneTimeToken) -> Result<(), StoreError> {
        let document = stored(doc! {
            "_id": oid(token.id),
            "user_id": oid(token.user_id),
            "digest": &token.digest,
            "email": token.email.as_ref().map(Email::as_str),
            "created_at": date(token.created_at),
            "expires_at": date(token.expires_at),
        });
        self.add("one_time_tokens.insert", token.purpose.collection(), document).await
    }

    async fn take(&mut self, purpose: OneTimePurpose, digest: &str, now: Timestamp) -> Result<Option<OneTimeToken>, StoreError> {
        let filter = doc! { "digest": digest, "expires_at": { "$gt": date(now) } };
        let taken = MongoTransaction::take(self, "one_time_tokens.take", purpose.collection(), filter).await?;
        let Some(document) = taken else { return Ok(None) };
        let fields = Fields::of("token", &document);
        Ok(Some(OneTimeToken {
            id: fields.id("_id")?,
            purpose,
            user_id: fields.id("user_id")?,
            digest: fields.text("digest")?.to_owned(),
            email: fields.check_optional("email", Email::parse)?,
            created_at: fields.time("created_at")?,
            expires_at: fields.time("expires_at")?,
        }))
    }

    async fn delete_all(&mut self, purpose: OneTimePurpose, user_id: UserId) -> Result<(), StoreError> {
        self.remove_all("one_time_tokens.delete_all", purpose.collection(), by("user_id", oid(user_id))).await.map(drop)
    }

    async fn purge_expired(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let mut purged = 0;
        for purpose in OneTimePurpose::ALL {
            let expired = doc! { "expires_at": { "$lt": date(before) } };
            purged += self.remove_all("one_time_tokens.purge_expired", purpose.collection(), expired).await?;
        }
        Ok(purged)
    }
}
