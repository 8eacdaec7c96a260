//! Live events, numbered per person.

use std::time::Duration;

use atelier_domain::kernel::{EventFeed, EventWriter, NewEvent, StoreError, UserEvent, UserId};
use mongodb::bson::{Document, deserialize_from_bson, doc, serialize_to_bson};
use mongodb::options::FindOptions;

use crate::change_streams::Purpose;
use crate::collections::EVENTS;
use crate::document::{Fields, date, integer, oid};
use crate::store::MongoStore;
use crate::transaction::MongoTransaction;

#[async_trait::async_trait]
impl EventWriter for MongoTransaction {
    /// The newest event is always kept, so its number is known; of two units of work that go on from the same number, the unique key on
    /// person and number lets one through.
    async fn append(&mut self, event: &NewEvent) -> Result<u64, StoreError> {
        let newest = self.all_seen("events.newest", EVENTS, doc! { "user_id": oid(event.user_id) }, end(-1)).await?;
        let seq = newest.first().map_or(Ok(0), |newest| Fields::of("event", newest).number::<u64>("seq"))? + 1;
        let kind = serialize_to_bson(&event.kind).map_err(|error| StoreError::Other(error.into()))?;
        let document = doc! { "user_id": oid(event.user_id), "seq": integer(seq), "kind": kind, "at": date(event.at) };
        let added = self.add("events.append", EVENTS, document).await;
        self.settled_race(added).await?;
        if let Some(gone @ 1..) = seq.checked_sub(<dyn EventFeed>::KEPT) {
            let old = doc! { "user_id": oid(event.user_id), "seq": { "$lte": integer(gone) } };
            self.remove_all("events.trim", EVENTS, old).await?;
        }
        self.wakes().users.push(event.user_id);
        Ok(seq)
    }
}

#[async_trait::async_trait]
impl EventFeed for MongoStore {
    async fn after(&self, user_id: UserId, after: u64, limit: u32) -> Result<Vec<UserEvent>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let filter = doc! { "user_id": oid(user_id), "seq": { "$gt": integer(after) } };
        let options = FindOptions::builder().sort(doc! { "seq": 1 }).limit(i64::from(limit)).build();
        let documents = self.all("events.after", EVENTS, filter, options).await?;
        documents.iter().map(event).collect()
    }

    async fn bounds(&self, user_id: UserId) -> Result<(u64, u64), StoreError> {
        let mut bounds = [0; 2];
        for (bound, direction) in bounds.iter_mut().zip([1, -1]) {
            let found = self.all("events.bounds", EVENTS, doc! { "user_id": oid(user_id) }, end(direction)).await?;
            if let Some(document) = found.first() {
                *bound = Fields::of("event", document).number("seq")?;
            }
        }
        Ok(bounds.into())
    }

    async fn changed(&self, user_id: UserId, at_most: Duration) {
        self.listen_for(Purpose::Events);
        self.waking().event_of(user_id, at_most).await;
    }
}

/// The first number in one direction.
fn end(direction: i32) -> FindOptions {
    FindOptions::builder().sort(doc! { "seq": direction }).projection(doc! { "seq": 1 }).limit(1).build()
}

fn event(document: &Document) -> Result<UserEvent, StoreError> {
    let fields = Fields::of("event", document);
    let kind = deserialize_from_bson(fields.raw("kind")?.clone()).map_err(|_unreadable| fields.corrupt("kind"))?;
    Ok(UserEvent { seq: fields.number("seq")?, kind, at: fields.time("at")? })
}
