//! The few statements queries and units of work are made of: measured, limited in time, their errors mapped.

use atelier_domain::kernel::{Page, StoreError};
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use mongodb::options::{FindOptions, Hint, UpdateModifications};
use mongodb::results::UpdateResult;

use crate::document::lock;
use crate::page::total_told;
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

impl MongoStore {
    pub(crate) async fn one(&self, operation: &'static str, collection: &str, filter: Document) -> Result<Option<Document>, StoreError> {
        self.run(operation, async { self.collection(collection).find_one(filter).await }).await
    }

    /// Reads a part of a document.
    pub(crate) async fn part(
        &self,
        operation: &'static str,
        collection: &str,
        filter: Document,
        projection: Document,
    ) -> Result<Option<Document>, StoreError> {
        self.run(operation, async { self.collection(collection).find_one(filter).projection(projection).await }).await
    }

    pub(crate) async fn all(
        &self,
        operation: &'static str,
        collection: &str,
        filter: Document,
        options: FindOptions,
    ) -> Result<Vec<Document>, StoreError> {
        let work = async { self.collection(collection).find(filter).with_options(options).await?.try_collect().await };
        self.run(operation, work).await
    }

    pub(crate) async fn count(
        &self,
        operation: &'static str,
        collection: &str,
        filter: Document,
        index: Document,
    ) -> Result<u64, StoreError> {
        self.run(operation, async { self.collection(collection).count_documents(filter).hint(Hint::Keys(index)).await }).await
    }

    /// How many items a list has in all, of which this many were fetched for the page: counted only where the page does not tell.
    pub(crate) async fn total(
        &self,
        operation: &'static str,
        collection: &str,
        filter: Document,
        index: Document,
        (page, fetched): (&Page, usize),
    ) -> Result<u64, StoreError> {
        match total_told(page, fetched) {
            Some(total) => Ok(total),
            None => self.count(operation, collection, filter, index).await,
        }
    }

    pub(crate) async fn aggregated(
        &self,
        operation: &'static str,
        collection: &str,
        pipeline: Vec<Document>,
        index: Document,
    ) -> Result<Vec<Document>, StoreError> {
        let work = async { self.collection(collection).aggregate(pipeline).hint(Hint::Keys(index)).await?.try_collect().await };
        self.run(operation, work).await
    }

    /// Changes one document outside a unit of work; answers whether there was one.
    pub(crate) async fn change_one(
        &self,
        operation: &'static str,
        collection: &str,
        filter: Document,
        update: Document,
    ) -> Result<bool, StoreError> {
        let changed = self.run(operation, async { self.collection(collection).update_one(filter, update).await }).await?;
        Ok(changed.matched_count > 0)
    }

    /// Changes documents outside a unit of work, for what may be repeated; answers how many.
    pub(crate) async fn change_all(
        &self,
        operation: &'static str,
        collection: &str,
        filter: Document,
        update: impl Into<UpdateModifications>,
    ) -> Result<u64, StoreError> {
        let update = update.into();
        let changed = self.run(operation, async { self.collection(collection).update_many(filter, update).await }).await?;
        Ok(changed.modified_count)
    }

    /// Removes documents outside a unit of work, for erasure and purges, which may be repeated.
    pub(crate) async fn remove_all(&self, operation: &'static str, collection: &str, filter: Document) -> Result<u64, StoreError> {
        let removed = self.run(operation, async { self.collection(collection).delete_many(filter).await }).await?;
        Ok(removed.deleted_count)
    }
}

impl MongoTransaction {
    /// Reads a document and locks it: see the crate's documentation.
    pub(crate) async fn locked(
        &mut self,
        operation: &'static str,
        collection: &str,
        filter: Document,
    ) -> Result<Option<Document>, StoreError> {
        self.locked_part(operation, collection, filter, Document::new()).await
    }

    /// Reads a part of a document and locks all of it.
    pub(crate) async fn locked_part(
        &mut self,
        operation: &'static str,
        collection: &str,
        filter: Document,
        projection: Document,
    ) -> Result<Option<Document>, StoreError> {
        let (store, session) = self.parts()?;
        let collection = store.collection(collection);
        let work = async { collection.find_one_and_update(filter, lock()).projection(projection).session(session).await };
        let result = store.run(operation, work).await;
        self.settled(result).await
    }

    /// Reads a document without locking it.
    pub(crate) async fn seen(
        &mut self,
        operation: &'static str,
        collection: &str,
        filter: Document,
    ) -> Result<Option<Document>, StoreError> {
        self.seen_part(operation, collection, filter, Document::new()).await
    }

    /// Reads a part of a document without locking it.
    pub(crate) async fn seen_part(
        &mut self,
        operation: &'static str,
        collection: &str,
        filter: Document,
        projection: Document,
    ) -> Result<Option<Document>, StoreError> {
        let (store, session) = self.parts()?;
        let collection = store.collection(collection);
        let work = async { collection.find_one(filter).projection(projection).session(session).await };
        let result = store.run(operation, work).await;
        self.settled(result).await
    }

    pub(crate) async fn all_seen(
        &mut self,
        operation: &'static str,
        collection: &str,
        filter: Document,
        options: FindOptions,
    ) -> Result<Vec<Document>, StoreError> {
        let (store, session) = self.parts()?;
        let collection = store.collection(collection);
        let work = async {
            let mut cursor = collection.find(filter).with_options(options).session(&mut *session).await?;
            cursor.stream(session).try_collect().await
        };
        let result = store.run(operation, work).await;
        self.settled(result).await
    }

    pub(crate) async fn counted(
        &mut self,
        operation: &'static str,
        collection: &str,
        filter: Document,
        index: Document,
    ) -> Result<u64, StoreError> {
        let (store, session) = self.parts()?;
        let collection = store.collection(collection);
        let work = async { collection.count_documents(filter).hint(Hint::Keys(index)).session(session).await };
        let result = store.run(operation, work).await;
        self.settled(result).await
    }

    pub(crate) async fn add(&mut self, operation: &'static str, collection: &str, document: Document) -> Result<(), StoreError> {
        let (store, session) = self.parts()?;
        let collection = store.collection(collection);
        let result = store.run(operation, async { collection.insert_one(document).session(session).await.map(drop) }).await;
        self.settled(result).await
    }

    pub(crate) async fn add_all(&mut self, operation: &'static str, collection: &str, documents: Vec<Document>) -> Result<(), StoreError> {
        let (store, session) = self.parts()?;
        let collection = store.collection(collection);
        let result = store.run(operation, async { collection.insert_many(documents).session(session).await.map(drop) }).await;
        self.settled(result).await
    }

    pub(crate) async fn change(
        &mut self,
        operation: &'static str,
        collection: &str,
        filter: Document,
        update: impl Into<UpdateModifications>,
    ) -> Result<bool, StoreError> {
        let changed = self.update(operation, collection, filter, update.into(), false).await?;
        Ok(changed.matched_count > 0)
    }

    /// Changes the document or adds it.
    pub(crate) async fn put(
        &mut self,
        operation: &'static str,
        collection: &str,
        filter: Document,
        update: Document,
    ) -> Result<UpdateResult, StoreError> {
        self.update(operation, collection, filter, update.into(), true).await
    }

    async fn update(
        &mut self,
        operation: &'static str,
        collection: &str,
        filter: Document,
        update: UpdateModifications,
        upsert: bool,
    ) -> Result<UpdateResult, StoreError> {
        let (store, session) = self.parts()?;
        let collection = store.collection(collection);
        let result = store.run(operation, async { collection.update_one(filter, update).upsert(upsert).session(session).await }).await;
        self.settled(result).await
    }

    pub(crate) async fn change_all(
        &mut self,
        operation: &'static str,
        collection: &str,
        filter: Document,
        update: Document,
    ) -> Result<u64, StoreError> {
        let (store, session) = self.parts()?;
        let collection = store.collection(collection);
        let result = store.run(operation, async { collection.update_many(filter, update).session(session).await }).await;
        Ok(self.settled(result).await?.modified_count)
    }

    pub(crate) async fn take(
        &mut self,
        operation: &'static str,
        collection: &str,
        filter: Document,
    ) -> Result<Option<Document>, StoreError> {
        let (store, session) = self.parts()?;
        let collection = store.collection(collection);
        let result = store.run(operation, async { collection.find_one_and_delete(filter).session(session).await }).await;
        self.settled(result).await
    }

    pub(crate) async fn remove(&mut self, operation: &'static str, collection: &str, filter: Document) -> Result<bool, StoreError> {
        let (store, session) = self.parts()?;
        let collection = store.collection(collection);
        let result = store.run(operation, async { collection.delete_one(filter).session(session).await }).await;
        Ok(self.settled(result).await?.deleted_count > 0)
    }

    pub(crate) async fn remove_all(&mut self, operation: &'static str, collection: &str, filter: Document) -> Result<u64, StoreError> {
        let (store, session) = self.parts()?;
        let collection = store.collection(collection);
        let result = store.run(operation, async { collection.delete_many(filter).session(session).await }).await;
        Ok(self.settled(result).await?.deleted_count)
    }
}

/// The filter on one key.
pub(crate) fn by(field: &str, value: impl Into<mongodb::bson::Bson>) -> Document {
    doc! { field: value.into() }
}
