//! Try-ons inside a unit of work.

use atelier_domain::kernel::{BodyId, ClothingId, StoreError, TryOnId, UserId};
use atelier_domain::wearit::tryon::{TryOn, TryOnRepository, TryOnStatus};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::{FindOptions, Hint};

use super::document::{changeable, document, tryon};
use super::queries::{owned, unfinished};
use crate::collections::{FAVORITES, TRYON};
use crate::document::{oid, replacing};
use crate::indexes::{Keys, keys};
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl TryOnRepository for MongoTransaction {
    async fn find(&mut self, user_id: UserId, id: TryOnId) -> Result<Option<TryOn>, StoreError> {
        let document = self.locked("tryon.find", TRYON, owned(user_id, id)).await?;
        document.as_ref().map(tryon).transpose()
    }

    async fn insert(&mut self, tryon: &TryOn) -> Result<(), StoreError> {
        self.add("tryon.insert", TRYON, document(tryon)).await
    }

    async fn update(&mut self, tryon: &TryOn) -> Result<bool, StoreError> {
        self.change("tryon.update", TRYON, owned(tryon.user_id, tryon.id), replacing(changeable(tryon))).await
    }

    async fn delete(&mut self, user_id: UserId, id: TryOnId) -> Result<bool, StoreError> {
        let marks = doc! { "user_id": oid(user_id), "tryon_id": oid(id) };
        self.remove_all("tryon.unmark", FAVORITES, marks).await?;
        self.remove("tryon.delete", TRYON, owned(user_id, id)).await
    }

    async fn unfinished_with_clothing(&mut self, user_id: UserId, clothing: ClothingId) -> Result<Vec<TryOn>, StoreError> {
        let filter = doc! { "user_id": oid(user_id), "clothing_ids": oid(clothing), "status": { "$in": unfinished() } };
        self.found("tryon.unfinished_with_clothing", filter, keys::USER_GARMENT_NEWEST).await
    }

    async fn unfinished_on_body(&mut self, user_id: UserId, body: BodyId) -> Result<Vec<TryOn>, StoreError> {
        let filter = doc! { "user_id": oid(user_id), "body_id": oid(body), "status": { "$in": unfinished() } };
        self.found("tryon.unfinished_on_body", filter, keys::USER_BODY_NEWEST).await
    }

    async fn forget_clothing(&mut self, user_id: UserId, clothing: ClothingId) -> Result<(), StoreError> {
        let filter = doc! { "user_id": oid(user_id), "clothing_ids": oid(clothing), "status": { "$in": finished() } };
        let update = doc! { "$pull": { "clothing_ids": oid(clothing) } };
        self.change_all("tryon.forget_clothing", TRYON, filter, update).await.map(drop)
    }

    async fn forget_body(&mut self, user_id: UserId, body: BodyId) -> Result<(), StoreError> {
        let filter = doc! { "user_id": oid(user_id), "body_id": oid(body), "status": { "$in": finished() } };
        self.change_all("tryon.forget_body", TRYON, filter, doc! { "$unset": { "body_id": "" } }).await.map(drop)
    }
}

impl MongoTransaction {
    async fn found(&mut self, operation: &'static str, filter: Document, index: Keys) -> Result<Vec<TryOn>, StoreError> {
        let options = FindOptions::builder().hint(Hint::Keys(index.document())).build();
        let found = self.all_seen(operation, TRYON, filter, options).await?;
        found.iter().map(tryon).collect()
    }
}

fn finished() -> Vec<Bson> {
    TryOnStatus::ALL.into_iter().filter(|status| status.is_terminal()).map(|status| status.as_str().into()).collect()
}
