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

use mongodb::bson::{Document, doc};
use mongodb::options::FindOptions;

use crate::collections::{BODY, CLOTHING, FAVORITES, STORED_ITEMS, TRYON, UPLOADS, USAGE, WEBHOOK_DELIVERIES, WEBHOOK_ENDPOINTS};
use crate::document::{Fields, oid};
use crate::statements::by;
use crate::store::MongoStore;

#[async_trait::async_trait]
impl WearitStore for MongoStore {
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
        let (collection, mut filter) = match kind {
            FileKind::Clothing => (CLOTHING, Document::new()),
            FileKind::Body => (BODY, doc! { "s3_key": { "$type": "string" } }),
            FileKind::TryOn => (TRYON, doc! { "s3_key": { "$type": "string" } }),
        };
        if let Some(after) = after {
            filter.insert("_id", doc! { "$gt": oid(TryOnId::from_bytes(after)) });
        }
        let options = FindOptions::builder().sort(doc! { "_id": 1 }).limit(i64::from(limit)).projection(doc! { "user_id": 1 }).build();
        let documents = self.all("wearit.file_owners", collection, filter, options).await?;
        let owner = |document| {
            let fields = Fields::of("file owner", document);
            Ok(FileOwner { user_id: fields.id("user_id")?, id: fields.id::<TryOnId>("_id")?.bytes() })
        };
        documents.iter().map(owner).collect()
    }

    /// Not one transaction: a person may have more rows than fit one, and erasure is repeated until it is done.
    async fn erase_rows(&self, user_id: UserId) -> Result<(), StoreError> {
        for collection in [FAVORITES, TRYON, BODY, CLOTHING, UPLOADS, WEBHOOK_DELIVERIES, WEBHOOK_ENDPOINTS, USAGE, STORED_ITEMS] {
            self.remove_all("wearit.erase_rows", collection, by("user_id", oid(user_id))).await?;
        }
        Ok(())
    }
}
