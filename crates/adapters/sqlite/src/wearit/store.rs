//! WearIT's store.

use atelier_domain::kernel::{StoreError, UserId};
use atelier_domain::wearit::body::BodyQueries;
use atelier_domain::wearit::favorites::FavoriteQueries;
use atelier_domain::wearit::tryon::TryOnQueries;
use atelier_domain::wearit::wardrobe::ClothingQueries;
use atelier_domain::wearit::{WearitStore, WearitUnitOfWork};

use crate::error::store_error;
use crate::store::SqliteStore;

#[async_trait::async_trait]
impl WearitStore for SqliteStore {
    async fn begin(&self) -> Result<Box<dyn WearitUnitOfWork>, StoreError> {
        Ok(Box::new(self.begin_transaction().await?))
    }

    fn clothing(&self) -> &dyn ClothingQueries {
        self
    }

    fn bodies(&self) -> &dyn BodyQueries {
        self
    }

    fn tryons(&self) -> &dyn TryOnQueries {
        self
    }

    fn favorites(&self) -> &dyn FavoriteQueries {
        self
    }

    async fn erase_rows(&self, user_id: UserId) -> Result<(), StoreError> {
        let mut transaction = self.begin_transaction().await?;
        let mut connection = transaction.operation("wearit.erase_rows");
        // The garments of a try-on go with it.
        for statement in [
            "DELETE FROM favorites WHERE user_id = ?",
            "DELETE FROM tryon WHERE user_id = ?",
            "DELETE FROM body WHERE user_id = ?",
            "DELETE FROM clothing WHERE user_id = ?",
            "DELETE FROM uploads WHERE user_id = ?",
        ] {
            sqlx::query(statement).bind(user_id.to_string()).execute(&mut *connection).await.map_err(store_error)?;
        }
        drop(connection);
        transaction.finish().await
    }
}
