//! Identity's store.

use atelier_domain::identity::{AccountQueries, IdentityStore, IdentityUnitOfWork, SessionQueries};
use atelier_domain::kernel::{AuditEntry, AuditTrail, StoreError, UserId};
use mongodb::bson::doc;
use mongodb::options::FindOptions;

use crate::audit;
use crate::collections::{AUDIT, EVENTS, IDEMPOTENCY, JOBS};
use crate::document::oid;
use crate::statements::by;
use crate::store::MongoStore;

#[async_trait::async_trait]
impl IdentityStore for MongoStore {
    async fn begin(&self) -> Result<Box<dyn IdentityUnitOfWork>, StoreError> {
        Ok(Box::new(self.begin_transaction().await?))
    }

    fn accounts(&self) -> &dyn AccountQueries {
        self
    }

    fn sessions(&self) -> &dyn SessionQueries {
        self
    }

    fn audit(&self) -> &dyn AuditTrail {
        self
    }

    async fn audit_of(&self, user_id: UserId) -> Result<Vec<AuditEntry>, StoreError> {
        let filter = doc! { "$or": [{ "actor": oid(user_id) }, { "subject": AuditEntry::account(user_id) }] };
        let newest = FindOptions::builder().sort(doc! { "at": -1, "_id": -1 }).limit(1_000).build();
        let found = self.all("audit.of", AUDIT, filter, newest).await?;
        found.iter().rev().map(audit::entry).collect()
    }

    /// Not one transaction: a person may have more rows than fit one, and erasure is repeated until it is done.
    async fn erase_kernel_rows(&self, user_id: UserId) -> Result<(), StoreError> {
        for collection in [EVENTS, JOBS, IDEMPOTENCY] {
            self.remove_all("identity.erase_kernel_rows", collection, by("user_id", oid(user_id))).await?;
        }
        self.erase_from_audit(user_id).await
    }
}
