//! What a database consists of, as the server tells it.

use futures_util::TryStreamExt;
use mongodb::Database;
use mongodb::bson::{Bson, Document, Timestamp, doc};
use mongodb::error::Error;
use serde::{Deserialize, Serialize};

use super::extended_json;

/// A collection or view, in the form that `mongodump` keeps beside the documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    #[serde(default, serialize_with = "extended_json::document")]
    pub(super) options: Document,
    #[serde(default, serialize_with = "extended_json::documents")]
    pub(super) indexes: Vec<Document>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) uuid: Option<String>,
    pub(super) collection_name: String,
    #[serde(rename = "type", default = "collection")]
    pub(super) kind: String,
}

fn collection() -> String {
    "collection".to_owned()
}

impl Metadata {
    pub(super) fn is_collection(&self) -> bool {
        self.kind == "collection"
    }

    /// The indexes that do not come with the collection.
    pub(super) fn own_indexes(&self) -> Vec<Document> {
        let with_collection = |index: &Document| index.get_str("name").is_ok_and(|name| name == "_id_");
        self.indexes.iter().filter(|index| !with_collection(index)).cloned().collect()
    }
}

/// Every collection and view of a database but the server's own, by name.
pub(super) async fn collections(database: &Database) -> Result<Vec<Metadata>, Error> {
    let listing = database.run_cursor_command(doc! { "listCollections": 1 }).await?;
    let mut found = Vec::new();
    for entry in listing.try_collect::<Vec<Document>>().await? {
        let (Ok(name), Ok(kind)) = (entry.get_str("name"), entry.get_str("type")) else { continue };
        if name.starts_with("system.") {
            continue;
        }
        let uuid = match entry.get_document("info").ok().and_then(|info| info.get("uuid")) {
            Some(Bson::Binary(uuid)) => Some(uuid.bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
            _ => None,
        };
        let mut metadata = Metadata {
            options: entry.get_document("options").cloned().unwrap_or_default(),
            indexes: Vec::new(),
            uuid,
            collection_name: name.to_owned(),
            kind: kind.to_owned(),
        };
        if metadata.is_collection() {
            let indexes = database.run_cursor_command(doc! { "listIndexes": name }).await?;
            metadata.indexes = indexes.try_collect().await?;
        }
        found.push(metadata);
    }
    found.sort_by(|a, b| a.collection_name.cmp(&b.collection_name));
    Ok(found)
}

/// The replica set's time of the newest write that every member will keep.
pub(super) async fn operation_time(database: &Database) -> Result<Option<Timestamp>, Error> {
    let answer = database.run_command(doc! { "ping": 1 }).await?;
    Ok(answer.get_timestamp("operationTime").ok())
}

/// A position in the words of a manifest.
pub(super) fn write_position(position: Timestamp) -> String {
    format!("{}.{}", position.time, position.increment)
}

/// A position of a manifest.
pub(super) fn read_position(text: &str) -> Option<Timestamp> {
    let (time, increment) = text.split_once('.')?;
    Some(Timestamp { time: time.parse().ok()?, increment: increment.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_and_the_types_of_an_indexs_fields_survive_the_text() {
        let index = doc! { "v": 2, "key": { "user_id": 1, "created_at": -1, "_id": -1_i64 }, "name": "z", "expireAfterSeconds": 0.0 };
        let metadata = Metadata {
            options: doc! { "validator": { "b": { "$type": "string" }, "a": 1 } },
            indexes: vec![index],
            uuid: None,
            collection_name: "tryon".to_owned(),
            kind: collection(),
        };
        let text = serde_json::to_string(&metadata).expect("it is JSON");
        let read: Metadata = serde_json::from_str(&text).expect("it was written so");
        assert_eq!(read, metadata, "{text}");
    }
}
