//! Password reset codes. The source's index on the owner is not unique: should two units of work each store a first code at the same
//! time, the newer one counts and the older is void.

use atelier_domain::identity::{PasswordReset, PasswordResetRepository};
use atelier_domain::kernel::{StoreError, Timestamp, UserId};
use mongodb::bson::doc;

use crate::collections::PASSWORD_RESET;
use crate::document::{Fields, date, lock, oid};
use crate::statements::by;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl PasswordResetRepository for MongoTransaction {
    async fn replace(&mut self, reset: &PasswordReset) -> Result<(), StoreError> {
        self.remove_all("password_resets.void", PASSWORD_RESET, by("user_id", oid(reset.user_id))).await?;
        let document = doc! {
            "_id": oid(reset.id),
            "user_id": oid(reset.user_id),
            "code": &reset.code_digest,
            "tries": i64::from(reset.tries),
            "created_at": date(reset.created_at),
            "expires_at": date(reset.expires_at),
        };
        self.add("password_resets.replace", PASSWORD_RESET, document).await
    }

    async fn find(&mut self, user_id: UserId) -> Result<Option<PasswordReset>, StoreError> {
        let (store, session) = self.parts()?;
        let codes = store.collection(PASSWORD_RESET);
        let newest = codes.find_one_and_update(by("user_id", oid(user_id)), lock()).sort(doc! { "created_at": -1, "_id": -1 });
        let found = store.run("password_resets.find", async { newest.session(session).await }).await;
        let Some(document) = self.settled(found).await? else { return Ok(None) };
        let fields = Fields::of("password reset", &document);
        Ok(Some(PasswordReset {
            id: fields.id("_id")?,
            user_id: fields.id("user_id")?,
            code_digest: fields.text("code")?.to_owned(),
            tries: fields.number_optional("tries")?.unwrap_or(0),
            created_at: fields.time("created_at")?,
            expires_at: fields.time("expires_at")?,
        }))
    }

    async fn count_try(&mut self, user_id: UserId) -> Result<(), StoreError> {
        let update = doc! { "$inc": { "tries": 1_i64 } };
        self.change_all("password_resets.count_try", PASSWORD_RESET, by("user_id", oid(user_id)), update).await.map(drop)
    }

    async fn delete(&mut self, user_id: UserId) -> Result<(), StoreError> {
        self.remove_all("password_resets.delete", PASSWORD_RESET, by("user_id", oid(user_id))).await.map(drop)
    }

    async fn purge_expired(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.remove_all("password_resets.purge_expired", PASSWORD_RESET, doc! { "expires_at": { "$lt": date(before) } }).await
    }
}
