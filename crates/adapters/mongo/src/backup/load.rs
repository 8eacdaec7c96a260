//! Reading a dump back into a database.

use std::path::Path;

use atelier_backup::BackupError;
use mongodb::Database;
use mongodb::bson::{Document, RawDocumentBuf, doc};

use super::listing::Metadata;
use super::stream::BsonReader;

/// A batch has at most this many documents and bytes; the server takes 100 000 and 48 MB.
const BATCH_DOCUMENTS: usize = 1_000;
const BATCH_BYTES: usize = 8 << 20;

/// The collections and views that a folder describes, by name.
pub(super) async fn metadata(from: &Path, only: Option<&str>) -> Result<Vec<Metadata>, BackupError> {
    let failed = || BackupError::file(from, "list it");
    let mut found = Vec::new();
    let mut entries = tokio::fs::read_dir(from).await.map_err(failed())?;
    while let Some(entry) = entries.next_entry().await.map_err(failed())? {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let Some(collection) = name.strip_suffix(".metadata.json").filter(|name| only.is_none_or(|only| only == *name)) else { continue };
        let text = tokio::fs::read(&path).await.map_err(BackupError::file(&path, "read it"))?;
        let mut metadata: Metadata = serde_json::from_slice(&text).map_err(BackupError::store(format!("reading {}", path.display())))?;
        collection.clone_into(&mut metadata.collection_name);
        found.push(metadata);
    }
    found.sort_by(|a, b| a.collection_name.cmp(&b.collection_name));
    Ok(found)
}

/// Makes the collections with their options and fills them; indexes come later.
pub(super) async fn load(from: &Path, described: &[Metadata], database: &Database) -> Result<(), BackupError> {
    for metadata in described.iter().filter(|metadata| metadata.is_collection()) {
        let name = &metadata.collection_name;
        create(database, metadata).await?;
        let mut file = BsonReader::open(&from.join(format!("{name}.bson"))).await?;
        let collection = database.collection::<RawDocumentBuf>(name);
        let (mut batch, mut bytes) = (Vec::new(), 0);
        loop {
            let document = file.next().await?;
            let done = document.is_none();
            if let Some(document) = document {
                bytes += document.as_bytes().len();
                batch.push(document);
            }
            if !batch.is_empty() && (done || batch.len() == BATCH_DOCUMENTS || bytes >= BATCH_BYTES) {
                let filled = std::mem::take(&mut batch);
                bytes = 0;
                collection.insert_many(filled).await.map_err(BackupError::store(format!("writing {name}")))?;
            }
            if done {
                break;
            }
        }
    }
    Ok(())
}

/// Makes the indexes, and the views, which may look at any collection.
pub(super) async fn finish(described: &[Metadata], database: &Database) -> Result<(), BackupError> {
    for metadata in described {
        let indexes = metadata.own_indexes();
        if !indexes.is_empty() {
            let command = doc! { "createIndexes": &metadata.collection_name, "indexes": indexes };
            let made = database.run_command(command).await;
            made.map_err(BackupError::store(format!("making the indexes of {}", metadata.collection_name)))?;
        }
    }
    for view in described.iter().filter(|metadata| !metadata.is_collection()) {
        create(database, view).await?;
    }
    Ok(())
}

async fn create(database: &Database, metadata: &Metadata) -> Result<(), BackupError> {
    let mut command: Document = doc! { "create": &metadata.collection_name };
    command.extend(metadata.options.clone());
    let created = database.run_command(command).await;
    created.map_err(BackupError::store(format!("making the collection {}", metadata.collection_name)))?;
    Ok(())
}
