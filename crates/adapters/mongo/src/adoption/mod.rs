//! Documents as the source's own program writes them, completed with what this program needs and can derive (migration 4).
//!
//! Each kind has a field that says it is done: what was completed is not looked at again, so that a migration that breaks off goes on where
//! it stopped, and running it again changes nothing. Documents that lack what nothing tells stay as they are and are counted in the log;
//! reading one names the field.

mod conversations;
mod enrolments;
mod evaluations;
mod hackathons;
mod indexes;
mod people;

use atelier_domain::kernel::{SecretGenerator, StoreError};
use futures_util::TryStreamExt;
use mongodb::Database;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::error::Error;

/// How many documents are read at once.
const BATCH: i64 = 200;

/// Why documents were not completed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdoptionError {
    #[error(transparent)]
    Database(#[from] Error),
    #[error(transparent)]
    Derived(#[from] StoreError),
}

/// Before any index is made.
pub(crate) async fn make_way(database: &Database) -> Result<(), Error> {
    indexes::make_way(database).await
}

/// Completes everything. References are put right before what counts them.
pub(crate) async fn adopt(database: &Database, secrets: &dyn SecretGenerator) -> Result<(), AdoptionError> {
    tell("users", people::adopt(database).await?);
    tell("hackathons", hackathons::adopt(database).await?);
    conversations::unify_references(database).await?;
    evaluations::unify_references(database).await?;
    tell("conversations", conversations::adopt(database, secrets).await?);
    tell("evaluations", evaluations::adopt(database).await?);
    tell("enrolments", enrolments::adopt(database, secrets).await?);
    Ok(())
}

/// How many documents were completed, and how many lack what nothing tells.
#[derive(Debug, Clone, Copy, Default)]
struct Adopted {
    completed: u64,
    left: u64,
}

impl Adopted {
    fn count(&mut self, completed: bool) {
        if completed { self.completed += 1 } else { self.left += 1 }
    }
}

fn tell(collection: &str, adopted: Adopted) {
    let Adopted { completed, left } = adopted;
    if completed > 0 {
        tracing::info!(collection, completed, "documents of another program were completed");
    }
    if left > 0 {
        tracing::warn!(collection, left, "documents of another program lack what nothing tells, and cannot be read");
    }
}

/// The next documents of a collection that match, after this id.
async fn batch(database: &Database, collection: &str, filter: &Document, after: Option<&Bson>) -> Result<Vec<Document>, Error> {
    let mut wanted = filter.clone();
    if let Some(after) = after {
        wanted.insert("_id", doc! { "$gt": after });
    }
    let found = database.collection::<Document>(collection).find(wanted).sort(doc! { "_id": 1 }).limit(BATCH).await?;
    found.try_collect().await
}

async fn set(database: &Database, collection: &str, document: &Document, update: Document) -> Result<(), Error> {
    let Some(id) = document.get("_id") else { return Ok(()) };
    database.collection::<Document>(collection).update_one(doc! { "_id": id }, update).await.map(drop)
}

/// References of these fields that another program keeps as ids become the text they are here.
async fn unify(database: &Database, collection: &str, fields: &[&str]) -> Result<(), Error> {
    for field in fields {
        let filter = doc! { *field: { "$type": "objectId" } };
        let update = vec![doc! { "$set": { *field: { "$toString": format!("${field}") } } }];
        database.collection::<Document>(collection).update_many(filter, update).await?;
    }
    Ok(())
}

/// When a document was made: what it says, or what its id does.
fn made_at(document: &Document) -> Bson {
    match (document.get("createdAt"), document.get_object_id("_id")) {
        (Some(Bson::DateTime(at)), _) => Bson::DateTime(*at),
        (_, Ok(id)) => Bson::DateTime(id.timestamp()),
        _ => Bson::DateTime(DateTime::from_millis(0)),
    }
}

/// The value of a field unless it is absent or null.
fn value<'d>(document: &'d Document, field: &str) -> Option<&'d Bson> {
    document.get(field).filter(|value| !matches!(value, Bson::Null | Bson::Undefined))
}

/// A text that says something.
fn text<'d>(document: &'d Document, field: &str) -> Option<&'d str> {
    document.get_str(field).ok().map(str::trim).filter(|text| !text.is_empty())
}

/// A reference, if it is one.
fn reference_of<T: std::str::FromStr>(document: &Document, field: &str) -> Option<T> {
    document.get_str(field).ok()?.parse().ok()
}

/// A whole number of whichever numeric type, rounded up.
fn whole(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(number) => Some(i64::from(*number)),
        Bson::Int64(number) => Some(*number),
        Bson::Double(number) if number.is_finite() => Some(number.ceil() as i64),
        _ => None,
    }
}

/// A new id for a part of a document.
fn new_id() -> Bson {
    Bson::ObjectId(ObjectId::new())
}
