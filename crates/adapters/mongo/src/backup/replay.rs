//! Applying what changed.

use std::path::Path;

use atelier_backup::BackupError;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::Error;
use mongodb::options::{CollectionOptions, WriteConcern};
use mongodb::{Collection, Database};

use super::capture::FILE;
use super::stream::BsonReader;

/// Applies the changes of a folder in their order: those of one collection when it is named, those up to the end of the second `until`
/// when it is given. Answers how many.
pub(super) async fn replay(from: &Path, database: &Database, only: Option<&str>, until: Option<u32>) -> Result<u64, BackupError> {
    let mut file = BsonReader::open(&from.join(FILE)).await?;
    let mut applied = 0;
    while let Some(event) = file.next().await? {
        let event = Document::try_from(event).map_err(BackupError::store("reading a change"))?;
        let time = event.get_timestamp("clusterTime").map_err(BackupError::store("reading the time of a change"))?;
        if until.is_some_and(|until| time.time > until) {
            break;
        }
        let name = event.get_document("ns").ok().and_then(|ns| ns.get_str("coll").ok());
        if only.is_none() || only == name {
            apply(&event, name, database).await?;
            applied += 1;
        }
    }
    settle(database).await?;
    Ok(applied)
}

/// Returns when every member will keep what was written: a write that finds nothing waits for all before it.
async fn settle(database: &Database) -> Result<(), BackupError> {
    let nothing = doc! { "_id": { "$in": [] } };
    let settled = database.collection::<Document>("users").delete_one(nothing).await;
    settled.map(drop).map_err(BackupError::store("waiting for the replica set"))
}

async fn apply(event: &Document, name: Option<&str>, database: &Database) -> Result<(), BackupError> {
    let kind = event.get_str("operationType").unwrap_or_default();
    let failed =
        |error: Error| BackupError::store(format!("applying a change of kind {kind} to {}", name.unwrap_or("the database")))(error);
    let Some(name) = name else {
        return match kind {
            "dropDatabase" => database.drop().await.map_err(failed),
            // The stream ends with the database.
            "invalidate" => Ok(()),
            _ => Err(unknown(kind)),
        };
    };
    // Who restores waits for the end, not for each change.
    let options = CollectionOptions::builder().write_concern(WriteConcern::nodes(1)).build();
    let collection = database.collection_with_options::<Document>(name, options);
    let missing = |field: &str| BackupError::Refused(format!("a change of kind {kind} to {name} has no {field}"));
    let part = |field: &'static str| event.get_document(field).map_err(|_absent| missing(field));
    match kind {
        "insert" | "replace" => {
            let written = collection.replace_one(part("documentKey")?.clone(), part("fullDocument")?).upsert(true).await;
            written.map(drop).map_err(failed)
        }
        "update" => update(&collection, part("documentKey")?, part("updateDescription")?).await.map_err(failed),
        "delete" => collection.delete_one(part("documentKey")?.clone()).await.map(drop).map_err(failed),
        "drop" => collection.drop().await.map_err(failed),
        "rename" => {
            let to = part("to")?.get_str("coll").map_err(|_absent| missing("to.coll"))?;
            super::replace::rename(database, name, database, to).await
        }
        _ => Err(unknown(kind)),
    }
}

/// Shortens arrays first: one update cannot touch an array twice.
async fn update(collection: &Collection<Document>, key: &Document, description: &Document) -> Result<(), Error> {
    let list = |field: &str| description.get_array(field).cloned().unwrap_or_default();
    let mut shorten = Document::new();
    for array in list("truncatedArrays") {
        if let Bson::Document(array) = array
            && let (Ok(field), Some(size)) = (array.get_str("field"), array.get("newSize"))
        {
            shorten.insert(field, doc! { "$each": [], "$slice": size.clone() });
        }
    }
    if !shorten.is_empty() {
        collection.update_one(key.clone(), doc! { "$push": shorten }).await?;
    }
    let mut change = Document::new();
    if let Ok(set) = description.get_document("updatedFields")
        && !set.is_empty()
    {
        change.insert("$set", set.clone());
    }
    let unset: Document = list("removedFields").iter().filter_map(Bson::as_str).map(|field| (field.to_owned(), Bson::from(""))).collect();
    if !unset.is_empty() {
        change.insert("$unset", unset);
    }
    if !change.is_empty() {
        collection.update_one(key.clone(), change).await?;
    }
    Ok(())
}

fn unknown(kind: &str) -> BackupError {
    BackupError::Refused(format!("the backup holds a change of kind {kind:?}, which this program cannot apply"))
}
