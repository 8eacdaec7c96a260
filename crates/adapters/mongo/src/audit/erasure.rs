//! A person leaves the audit trail.

use atelier_domain::kernel::{AuditEntry, StoreError, UserId, retry_on_contention};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::FindOptions;

use crate::collections::{AUDIT, AUDIT_SEALS};
use crate::document::oid;
use crate::statements::by;
use crate::store::MongoStore;

/// How many entries are changed in one transaction.
const BATCH: i64 = 200;

impl MongoStore {
    /// Takes the person out of entries, and out of their seals the salts of the names they lose. Entry and seal change together: nobody
    /// would find a seal again whose entry names nobody any more. A sealing that runs beside it writes the same entries, and one of the two
    /// begins anew.
    pub(crate) async fn erase_from_audit(&self, user_id: UserId) -> Result<(), StoreError> {
        let erased = doc! { "$set": { "subject": AuditEntry::ERASED } };
        for (named, salt, without) in [
            (by("actor", oid(user_id)), "actor.salt", doc! { "$unset": { "actor": "" } }),
            (by("subject", AuditEntry::account(user_id)), "subject.salt", erased),
        ] {
            let batch = || self.erase_batch(&named, salt, &without);
            while retry_on_contention(batch, |error: &StoreError| Some(error)).await? {}
        }
        Ok(())
    }

    /// Answers whether there may be more.
    async fn erase_batch(&self, named: &Document, salt: &str, without: &Document) -> Result<bool, StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let some = FindOptions::builder().projection(doc! { "_id": 1 }).limit(BATCH).build();
        let found = transaction.all_seen("audit.erase", AUDIT, named.clone(), some).await?;
        if found.is_empty() {
            return Ok(false);
        }
        let ids: Vec<Bson> = found.iter().filter_map(|entry| entry.get("_id").cloned()).collect();
        let these = doc! { "_id": { "$in": ids } };
        transaction.change_all("audit.erase", AUDIT_SEALS, these.clone(), doc! { "$unset": { salt: "" } }).await?;
        transaction.change_all("audit.erase", AUDIT, these, without.clone()).await?;
        transaction.finish().await?;
        Ok(true)
    }
}
