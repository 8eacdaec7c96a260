//! Writing a database down.

use std::path::Path;
use std::time::Duration;

use atelier_backup::{BackupError, CollectionEntry};
use mongodb::action::Action;
use mongodb::bson::{RawDocumentBuf, Timestamp, doc};
use mongodb::error::Error;
use mongodb::options::ReadConcern;
use mongodb::{ClientSession, Database};
use tokio::time::sleep;

use super::listing::{self, Metadata};
use super::stream::BsonWriter;
use crate::error::answer;

/// The server no longer has, or does not have yet, what a snapshot needs.
const SNAPSHOT_TOO_OLD: i32 = 239;
const SNAPSHOT_UNAVAILABLE: i32 = 246;
/// A collection that was made or indexed a moment ago is in no snapshot yet.
pub(super) const SNAPSHOT_ATTEMPTS: usize = 3;
pub(super) const SNAPSHOT_PAUSE: Duration = Duration::from_millis(500);

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Dumped {
    pub(super) collections: Vec<CollectionEntry>,
    /// The instant; none when the collections were read one after the other.
    pub(super) position: Option<Timestamp>,
}

/// Why a dump ended early.
enum Stopped {
    /// The server lost the snapshot.
    Snapshot,
    Failed(BackupError),
}

impl From<BackupError> for Stopped {
    fn from(error: BackupError) -> Self {
        Self::Failed(error)
    }
}

/// Writes every collection, or one, into a folder.
pub(super) async fn dump(database: &Database, into: &Path, only: Option<&str>) -> Result<Dumped, BackupError> {
    for _ in 0..SNAPSHOT_ATTEMPTS {
        let mut session = database.client().start_session().snapshot(true).await.map_err(BackupError::store("starting a session"))?;
        match all(database, into, only, &mut session, Some(ReadConcern::snapshot())).await {
            Ok(collections) => {
                let position = match session.snapshot_time() {
                    // Nothing was there to be read.
                    None if collections.is_empty() => {
                        listing::operation_time(database).await.map_err(BackupError::store("asking for the time"))?
                    }
                    instant => instant,
                };
                return Ok(Dumped { collections, position });
            }
            Err(Stopped::Failed(error)) => return Err(error),
            Err(Stopped::Snapshot) => {
                tracing::warn!("the server gave the snapshot up; the backup begins again");
                sleep(SNAPSHOT_PAUSE).await;
            }
        }
    }
    let mut session = database.client().start_session().await.map_err(BackupError::store("starting a session"))?;
    match all(database, into, only, &mut session, None).await {
        Ok(collections) => Ok(Dumped { collections, position: None }),
        Err(Stopped::Failed(error)) => Err(error),
        Err(Stopped::Snapshot) => Err(BackupError::Refused("the server keeps no snapshot that could be read".to_owned())),
    }
}

async fn all(
    database: &Database,
    into: &Path,
    only: Option<&str>,
    session: &mut ClientSession,
    concern: Option<ReadConcern>,
) -> Result<Vec<CollectionEntry>, Stopped> {
    let listed = listing::collections(database).await.map_err(BackupError::store("listing the collections"))?;
    let mut written = Vec::new();
    for metadata in listed.into_iter().filter(|found| only.is_none_or(|only| found.collection_name == only)) {
        write_metadata(into, &metadata).await?;
        if metadata.is_collection() {
            let documents = one(database, into, &metadata.collection_name, session, concern.clone()).await?;
            written.push(CollectionEntry { name: metadata.collection_name, documents, id: metadata.uuid });
        }
    }
    match only {
        Some(only) if written.is_empty() => {
            Err(BackupError::Refused(format!("there is no collection {only:?} in the database {:?}", database.name())).into())
        }
        _ => Ok(written),
    }
}

pub(super) async fn write_metadata(into: &Path, metadata: &Metadata) -> Result<(), BackupError> {
    let path = into.join(format!("{}.metadata.json", metadata.collection_name));
    let text = serde_json::to_vec(metadata).map_err(BackupError::store("writing a collection's options"))?;
    tokio::fs::write(&path, text).await.map_err(BackupError::file(&path, "write it"))
}

pub(super) fn is_snapshot_lost(error: &Error) -> bool {
    answer(error).is_some_and(|(code, _)| matches!(code, SNAPSHOT_TOO_OLD | SNAPSHOT_UNAVAILABLE))
}

/// In the order of `_id`: by its index, and the same again from a restored copy.
async fn one(
    database: &Database,
    into: &Path,
    name: &str,
    session: &mut ClientSession,
    concern: Option<ReadConcern>,
) -> Result<u64, Stopped> {
    let failed = |error: Error| match is_snapshot_lost(&error) {
        true => Stopped::Snapshot,
        false => Stopped::Failed(BackupError::store(format!("reading {name}"))(error)),
    };
    let mut file = BsonWriter::create(&into.join(format!("{name}.bson"))).await?;
    let collection = database.collection::<RawDocumentBuf>(name);
    // The session alone does not do it: the driver lets the client's own read concern win.
    let find = collection.find(doc! {}).sort(doc! { "_id": 1 }).optional(concern, |find, concern| find.read_concern(concern));
    let mut cursor = find.session(&mut *session).await.map_err(failed)?;
    while cursor.advance(session).await.map_err(failed)? {
        file.add(cursor.current().as_bytes()).await?;
    }
    Ok(file.finish().await?)
}
