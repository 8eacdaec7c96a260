//! Identity's store.

use atelier_domain::identity::{AccountQueries, IdentityStore, IdentityUnitOfWork, SessionQueries};
use atelier_domain::kernel::{AuditEntry, AuditTrail, StoreError, UserId};

use crate::audit;
use crate::error::store_error;
use crate::store::SqliteStore;

#[async_trait::async_trait]
impl IdentityStore for SqliteStore {
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
        let mut connection = self.read("audit.of").await?;
        // Two walks along an index, merged by time: nothing is read that is not shown, and nothing sorted.
        let rows = sqlx::query(
            "SELECT * FROM audit WHERE actor = ?1 UNION ALL SELECT * FROM audit WHERE subject = ?2 AND actor IS NOT ?1 \
             ORDER BY at DESC LIMIT 1000",
        )
        .bind(user_id.to_string())
        .bind(AuditEntry::account(user_id))
        .fetch_all(&mut *connection)
        .await
        .map_err(store_error)?;
        rows.iter().rev().map(audit::entry).collect()
    }

    async fn erase_kernel_rows(&self, user_id: UserId) -> Result<(), StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let mut connection = transaction.operation("identity.erase_kernel_rows");
        for statement in
            ["DELETE FROM events WHERE user_id = ?", "DELETE FROM jobs WHERE user_id = ?", "DELETE FROM idempotency WHERE user_id = ?"]
        {
            sqlx::query(statement).bind(user_id.to_string()).execute(&mut *connection).await.map_err(store_error)?;
        }
        audit::erase(&mut connection, user_id).await?;
        drop(connection);
        transaction.finish().await
    }
}
