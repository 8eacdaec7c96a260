//! Writing down what changed.

use std::path::Path;
use std::time::Duration;

use atelier_backup::{BackupError, CollectionEntry};
use mongodb::Database;
use mongodb::bson::{Bson, Document, Timestamp, doc};
use mongodb::change_stream::event::ResumeToken;
use mongodb::error::Error;
use mongodb::options::ReadConcern;
use tokio::time::sleep;

use super::dump::{SNAPSHOT_ATTEMPTS, SNAPSHOT_PAUSE, is_snapshot_lost};
use super::listing;
use super::stream::BsonWriter;
use crate::error::answer;

/// The file with the events.
pub(super) const FILE: &str = "changes.bson";
/// The server's oplog no longer reaches back so far.
const HISTORY_LOST: i32 = 286;
/// How long the server holds an empty answer back: there is nothing to wait for, only the end to be found.
const AWAIT: Duration = Duration::from_millis(200);
/// The first byte of a resume token: a timestamp follows.
const TOKEN_TIMESTAMP: &str = "82";

/// What was captured.
#[derive(Debug)]
pub(super) struct Captured {
    pub(super) changes: u64,
    /// The instant up to which.
    pub(super) position: Timestamp,
    /// The collections at that instant.
    pub(super) collections: Vec<CollectionEntry>,
}

/// The outcome of a capture.
pub(super) enum Capture {
    Done(Captured),
    /// The server has forgotten some of it.
    Lost,
}

/// Writes every change after `from`, when there were the collections `before`, into a folder, and what they are now like into another.
pub(super) async fn capture(
    database: &Database,
    into: &Path,
    described: &Path,
    from: Timestamp,
    before: &[CollectionEntry],
) -> Result<Capture, BackupError> {
    let (position, collections) = counts(database).await?;
    // A replica set that was built anew has a history that began later, and answers as if nothing had been before.
    if position < from || all_made_anew(before, &collections) {
        return Ok(Capture::Lost);
    }
    let mut file = BsonWriter::create(&into.join(FILE)).await?;
    let opened = database.watch().start_at_operation_time(after(from)).max_await_time(AWAIT).await;
    let mut events = match opened {
        Ok(events) => events.with_type::<Document>(),
        Err(error) if is_lost(&error) => return Ok(Capture::Lost),
        Err(error) => return Err(BackupError::store("opening the change stream")(error)),
    };
    loop {
        match events.next_if_any().await {
            Ok(Some(event)) => {
                if event.get_timestamp("clusterTime").is_ok_and(|time| time > position) {
                    break;
                }
                file.add(&event.to_vec().map_err(BackupError::store("writing a change"))?).await?;
            }
            Ok(None) => {
                let reached = events.resume_token().as_ref().and_then(token_time).ok_or_else(unknown_token)?;
                if reached >= position || !events.is_alive() {
                    break;
                }
            }
            Err(error) if is_lost(&error) => return Ok(Capture::Lost),
            Err(error) => return Err(BackupError::store("reading the change stream")(error)),
        }
    }
    for metadata in listing::collections(database).await.map_err(BackupError::store("listing the collections"))? {
        super::dump::write_metadata(described, &metadata).await?;
    }
    Ok(Capture::Done(Captured { changes: file.finish().await?, position, collections }))
}

/// How many documents there are at one instant, and which instant.
async fn counts(database: &Database) -> Result<(Timestamp, Vec<CollectionEntry>), BackupError> {
    let mut attempt = 1;
    let counted = loop {
        match try_counts(database).await {
            Err(error) if is_snapshot_lost(&error) && attempt < SNAPSHOT_ATTEMPTS => attempt += 1,
            counted => break counted,
        }
        sleep(SNAPSHOT_PAUSE).await;
    };
    let (instant, counted) = counted.map_err(BackupError::store("counting the documents"))?;
    let unknown = || BackupError::Refused("the server tells no time of its snapshots: changes cannot be backed up".to_owned());
    Ok((instant.ok_or_else(unknown)?, counted))
}

async fn try_counts(database: &Database) -> Result<(Option<Timestamp>, Vec<CollectionEntry>), Error> {
    let mut session = database.client().start_session().snapshot(true).await?;
    let mut counted = Vec::new();
    for metadata in listing::collections(database).await?.into_iter().filter(listing::Metadata::is_collection) {
        let collection = database.collection::<Document>(&metadata.collection_name);
        let documents = collection.count_documents(doc! {}).read_concern(ReadConcern::snapshot()).session(&mut session).await?;
        counted.push(CollectionEntry { name: metadata.collection_name, documents, id: metadata.uuid });
    }
    let instant = match session.snapshot_time() {
        None if counted.is_empty() => listing::operation_time(database).await?,
        instant => instant,
    };
    Ok((instant, counted))
}

fn all_made_anew(before: &[CollectionEntry], now: &[CollectionEntry]) -> bool {
    let same = |old: &CollectionEntry| now.iter().any(|new| new.name == old.name && new.id == old.id);
    !before.is_empty() && !before.iter().any(same)
}

fn after(position: Timestamp) -> Timestamp {
    match position.increment.checked_add(1) {
        Some(increment) => Timestamp { time: position.time, increment },
        None => Timestamp { time: position.time + 1, increment: 0 },
    }
}

fn is_lost(error: &Error) -> bool {
    answer(error).is_some_and(|(code, _)| code == HISTORY_LOST)
}

/// The time up to which a stream that has nothing to tell has looked: the first part of its token.
fn token_time(token: &ResumeToken) -> Option<Timestamp> {
    let Bson::Document(token) = mongodb::bson::serialize_to_bson(token).ok()? else { return None };
    let number = |digits: Option<&str>| u32::from_str_radix(digits?, 16).ok();
    let digits = token.get_str("_data").ok()?.strip_prefix(TOKEN_TIMESTAMP)?;
    Some(Timestamp { time: number(digits.get(..8))?, increment: number(digits.get(8..16))? })
}

fn unknown_token() -> BackupError {
    BackupError::Refused("the server's resume tokens are of a form that this program does not know: take whole backups".to_owned())
}
