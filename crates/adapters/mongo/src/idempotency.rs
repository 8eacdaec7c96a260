//! Idempotency records.

use atelier_domain::kernel::{IdempotencyKey, IdempotencyRecord, IdempotencyRepository, StoreError, Timestamp, UserId};
use mongodb::bson::doc;

use crate::collections::IDEMPOTENCY;
use crate::document::{Fields, date, oid};
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl IdempotencyRepository for MongoTransaction {
    async fn find(&mut self, user_id: UserId, key: &IdempotencyKey, now: Timestamp) -> Result<Option<IdempotencyRecord>, StoreError> {
        let filter = doc! { "user_id": oid(user_id), "key": key.as_str(), "expires_at": { "$gt": date(now) } };
        let Some(document) = self.seen("idempotency.find", IDEMPOTENCY, filter).await? else { return Ok(None) };
        let fields = Fields::of("idempotency", &document);
        Ok(Some(IdempotencyRecord {
            user_id: fields.id("user_id")?,
            key: fields.check("key", IdempotencyKey::parse)?,
            fingerprint: fields.text("fingerprint")?.to_owned(),
            resource: fields.text("resource")?.to_owned(),
            expires_at: fields.time("expires_at")?,
        }))
    }

    /// An unexpired record does not match, so that a second one is inserted, which the unique key refuses.
    async fn insert(&mut self, record: &IdempotencyRecord, now: Timestamp) -> Result<(), StoreError> {
        let filter = doc! { "user_id": oid(record.user_id), "key": record.key.as_str(), "expires_at": { "$lte": date(now) } };
        let update = doc! { "$set": {
            "fingerprint": &record.fingerprint,
            "resource": &record.resource,
            "expires_at": date(record.expires_at),
        } };
        self.put("idempotency.insert", IDEMPOTENCY, filter, update).await.map(drop)
    }
}
