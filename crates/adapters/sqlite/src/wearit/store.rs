//! WearIT's store.

use atelier_domain::kernel::{EntityId, StoreError, TryOnId, UserId};
use atelier_domain::wearit::body::BodyQueries;
use atelier_domain::wearit::favorites::FavoriteQueries;
use atelier_domain::wearit::integrity::{FileKind, FileOwner};
use atelier_domain::wearit::quotas::UsageQueries;
use atelier_domain::wearit::tryon::TryOnQueries;
use atelier_domain::wearit::wardrobe::ClothingQueries;
use atelier_domain::wearit::webhooks::WebhookQueries;
use atelier_domain::wearit::{WearitStore, WearitUnitOfWork};

use crate::error::store_error;
use crate::row::Columns;
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

    fn usage(&self) -> &dyn UsageQueries {
        self
    }

    fn webhooks(&self) -> &dyn WebhookQueries {
        self
    }

    async fn file_owners(&self, kind: FileKind, after: Option<[u8; 12]>, limit: u32) -> Result<Vec<FileOwner>, StoreError> {
        let statement = match kind {
            FileKind::Clothing => "SELECT _id, user_id FROM clothing WHERE _id > ? ORDER BY _id LIMIT ?",
            FileKind::Body => "SELECT _id, user_id FROM body WHERE _id > ? AND s3_key IS NOT NULL ORDER BY _id LIMIT ?",
            FileKind::TryOn => "SELECT _id, user_id FROM tryon WHERE _id > ? AND s3_key IS NOT NULL ORDER BY _id LIMIT ?",
        };
        let after = after.map(|id| TryOnId::from_bytes(id).to_string()).unwrap_or_default();
        let mut connection = self.read("wearit.file_owners").await?;
        let rows = sqlx::query(statement).bind(after).bind(limit).fetch_all(&mut *connection).await.map_err(store_error)?;
        let owner = |row| {
            let columns = Columns::of("file owner", row);
            Ok(FileOwner { user_id: columns.parse("user_id")?, id: columns.parse::<TryOnId>("_id")?.bytes() })
        };
        rows.iter().map(owner).collect()
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
            "DELETE FROM webhook_deliveries WHERE user_id = ?",
            "DELETE FROM webhook_endpoints WHERE user_id = ?",
            "DELETE FROM usage WHERE user_id = ?",
            "DELETE FROM stored_items WHERE user_id = ?",
        ] {
            sqlx::query(statement).bind(user_id.to_string()).execute(&mut *connection).await.map_err(store_error)?;
        }
        drop(connection);
        transaction.finish().await
    }
}
