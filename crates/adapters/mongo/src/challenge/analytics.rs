//! Analytics events. The TTL index removes them too, when the server gets to it.

use atelier_domain::challenge::analytics::{AnalyticsEvent, AnalyticsQueries, AnalyticsRepository, Datum};
use atelier_domain::kernel::{StoreError, Timestamp, UserId};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::{FindOptions, Hint};

use crate::collections::ANALYTICS;
use crate::document::{Fields, date, integer, oid, reference, stored};
use crate::indexes::keys;
use crate::statements::by;
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl AnalyticsQueries for MongoStore {
    async fn of_user(&self, user_id: UserId) -> Result<Vec<AnalyticsEvent>, StoreError> {
        let options = FindOptions::builder().hint(Hint::Keys(keys::PERSON.document())).build();
        let found = self.all("analytics.of_user", ANALYTICS, by("userId", reference(user_id)), options).await?;
        let mut events: Vec<AnalyticsEvent> = found.iter().map(event).collect::<Result<_, _>>()?;
        events.sort_by_key(|event| (event.at, event.id));
        Ok(events)
    }

    async fn purge(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.remove_all("analytics.purge", ANALYTICS, doc! { "timestamp": { "$lt": date(before) } }).await
    }
}

#[async_trait::async_trait]
impl AnalyticsRepository for MongoTransaction {
    async fn append(&mut self, event: &AnalyticsEvent) -> Result<(), StoreError> {
        let metadata: Document = event.metadata.iter().map(|(name, value)| (name.clone(), bson(value))).collect();
        let document = doc! {
            "_id": oid(event.id),
            "type": event.kind.as_str(),
            "userId": reference(event.user_id),
            "hackathonId": event.hackathon_id.map(reference),
            "metadata": metadata,
            "timestamp": date(event.at),
        };
        self.add("analytics.append", ANALYTICS, stored(document)).await
    }
}

fn bson(value: &Datum) -> Bson {
    match value {
        Datum::Flag(flag) => Bson::Boolean(*flag),
        Datum::Number(number) => Bson::Int64(integer(*number)),
        Datum::Code(code) => Bson::String(code.clone()),
    }
}

fn datum(value: &Bson) -> Option<Datum> {
    match value {
        Bson::Boolean(flag) => Some(Datum::Flag(*flag)),
        Bson::Int32(number) => u64::try_from(*number).ok().map(Datum::Number),
        Bson::Int64(number) => u64::try_from(*number).ok().map(Datum::Number),
        Bson::String(code) => Some(Datum::Code(code.clone())),
        _ => None,
    }
}

fn event(document: &Document) -> Result<AnalyticsEvent, StoreError> {
    let fields = Fields::of("analytics", document);
    let metadata = fields.raw("metadata")?.as_document().ok_or_else(|| fields.corrupt("metadata"))?;
    let read = |(name, value): (&String, &Bson)| datum(value).map(|value| (name.clone(), value));
    Ok(AnalyticsEvent {
        id: fields.id("_id")?,
        kind: fields.parse("type")?,
        user_id: fields.parse("userId")?,
        hackathon_id: fields.parse_optional("hackathonId")?,
        metadata: metadata.iter().map(read).collect::<Option<_>>().ok_or_else(|| fields.corrupt("metadata"))?,
        at: fields.time("timestamp")?,
    })
}
