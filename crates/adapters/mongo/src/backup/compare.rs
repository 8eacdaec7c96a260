//! Whether a restored database is what was backed up.

use atelier_backup::{BackupError, Checksum, CollectionEntry, Manifest};
use mongodb::Database;
use mongodb::bson::{Document, RawDocumentBuf, doc};

/// Compares every document of a restored dump, byte by byte through its checksum. Answers how many documents there are.
pub(super) async fn documents(database: &Database, manifest: &Manifest, archive: &str, only: Option<&str>) -> Result<u64, BackupError> {
    let mut total = 0;
    for expected in wanted(manifest, only) {
        let name = &expected.name;
        let failed = || BackupError::store(format!("comparing {name}"));
        let (mut count, mut checksum) = (0, Checksum::default());
        let collection = database.collection::<RawDocumentBuf>(name);
        let mut cursor = collection.find(doc! {}).sort(doc! { "_id": 1 }).await.map_err(failed())?;
        while cursor.advance().await.map_err(failed())? {
            checksum.add(cursor.current().as_bytes());
            count += 1;
        }
        let (_, sha256) = checksum.finish();
        let path = format!("{}/{name}.bson", manifest.database);
        if count != expected.documents {
            return Err(differs(archive, format!("{name} has {count} documents instead of {}", expected.documents)));
        }
        if manifest.file(&path).is_none_or(|file| file.sha256 != sha256) {
            return Err(differs(archive, format!("the documents of {name} have another checksum")));
        }
        total += count;
    }
    Ok(total)
}

/// Compares the numbers of documents after changes were applied.
pub(super) async fn counts(database: &Database, manifest: &Manifest, archive: &str, only: Option<&str>) -> Result<u64, BackupError> {
    let mut total = 0;
    for expected in wanted(manifest, only) {
        let count = count(database, &expected.name).await?;
        if count != expected.documents {
            return Err(differs(archive, format!("{} has {count} documents instead of {}", expected.name, expected.documents)));
        }
        total += count;
    }
    Ok(total)
}

/// The documents of a collection.
pub(super) async fn count(database: &Database, name: &str) -> Result<u64, BackupError> {
    let counted = database.collection::<Document>(name).count_documents(doc! {}).await;
    counted.map_err(BackupError::store(format!("counting {name}")))
}

fn wanted<'a>(manifest: &'a Manifest, only: Option<&'a str>) -> impl Iterator<Item = &'a CollectionEntry> {
    manifest.collections.iter().filter(move |entry| only.is_none_or(|only| only == entry.name))
}

fn differs(archive: &str, what: String) -> BackupError {
    BackupError::Differs { archive: archive.to_owned(), what }
}
