//! Identity's store.

use atelier_domain::identity::{AccountQueries, IdentityStore, IdentityUnitOfWork, SessionQueries};
use atelier_domain::kernel::{StoreError, UserId};

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

    async fn erase_kernel_rows(&self, user_id: UserId) -> Result<(), StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let mut connection = transaction.operation("identity.erase_kernel_rows");
        for statement in [
            "DELETE FROM events WHERE user_id = ?",
            "DELETE FROM jobs WHERE user_id = ?",
            "DELETE FROM idempotency WHERE user_id = ?",
            "UPDATE audit SET actor = NULL WHERE actor = ?",
        ] {
            sqlx::query(statement).bind(user_id.to_string()).execute(&mut *connection).await.map_err(store_error)?;
        }
        drop(connection);
        transaction.finish().await
    }
}
