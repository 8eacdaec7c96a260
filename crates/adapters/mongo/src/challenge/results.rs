//! Published results.

use atelier_domain::challenge::results::{PublishedResults, ResultsQueries, ResultsRepository};
use atelier_domain::kernel::{HackathonId, StoreError};
use mongodb::bson::doc;

use crate::collections::RESULTS;
use crate::document::{Fields, date, oid};
use crate::statements::by;
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl ResultsQueries for MongoStore {
    async fn find(&self, hackathon_id: HackathonId) -> Result<Option<PublishedResults>, StoreError> {
        let Some(document) = self.one("results.find", RESULTS, by("_id", oid(hackathon_id))).await? else { return Ok(None) };
        let fields = Fields::of("results", &document);
        Ok(Some(PublishedResults {
            hackathon_id: fields.id("_id")?,
            published_at: fields.time("publishedAt")?,
            content: fields.text("content")?.to_owned(),
        }))
    }
}

#[async_trait::async_trait]
impl ResultsRepository for MongoTransaction {
    async fn insert(&mut self, results: &PublishedResults) -> Result<(), StoreError> {
        let document = doc! { "_id": oid(results.hackathon_id), "publishedAt": date(results.published_at), "content": &results.content };
        self.add("results.insert", RESULTS, document).await
    }

    async fn delete(&mut self, hackathon_id: HackathonId) -> Result<(), StoreError> {
        self.remove("results.delete", RESULTS, by("_id", oid(hackathon_id))).await.map(drop)
    }
}
