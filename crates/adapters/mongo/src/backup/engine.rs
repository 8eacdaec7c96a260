//! The trait, on a MongoDB database.

use std::path::Path;
use std::sync::Arc;

use atelier_backup::{
    Archive, BackUp, BackupEngine, BackupError, BackupFolder, EngineKind, Kind, Layout, Listing, Manifest, ObjectLister, Restore, Restored,
    Selection, Staging, Taken, Unpacked,
};
use atelier_domain::kernel::{SecretString, Timestamp};
use chrono::TimeDelta;
use mongodb::Database;

use super::capture::{self, Capture};
use super::{chain, compare, dump, listing, load, replace, replay};
use crate::connection::{Connection, MongoOptions};
use crate::error::ConnectError;

/// In the names of databases that exist for a restore or a proof only.
const SCRATCH: &str = "_scratch_";
const SCRATCH_TIME: &str = "%Y%m%d%H%M%S";
/// So much of a database's name fits before that.
const SCRATCH_STEM: usize = 38;

/// Backups of one database.
pub struct MongoBackups {
    connection: Connection,
    folder: BackupFolder,
    objects: Option<Arc<dyn ObjectLister>>,
}

impl MongoBackups {
    /// Connects to the server as [`MongoStore::connect`](crate::MongoStore::connect) does, whatever state the database is in.
    /// `objects` lists what is kept in an object store, for the inventory of each backup.
    ///
    /// # Errors
    /// [`ConnectError`], whose text says what to do.
    pub async fn connect(
        uri: &SecretString,
        database: Option<&str>,
        options: MongoOptions,
        folder: BackupFolder,
        objects: Option<Arc<dyn ObjectLister>>,
    ) -> Result<Self, ConnectError> {
        Ok(Self { connection: Connection::open(uri, database, &options).await?, folder, objects })
    }

    /// The database that is backed up, and restored into unless another one is named.
    pub fn database(&self) -> &str {
        self.connection.database.name()
    }

    /// Closes the connections.
    pub async fn close(self) {
        self.connection.client.shutdown().immediate(true).await;
    }

    async fn whole(&self, only: Option<&str>, layout: Layout, now: Timestamp, mut remarks: Vec<String>) -> Result<Taken, BackupError> {
        let database = &self.connection.database;
        let staging = self.stage(now).await?;
        let kind = if only.is_some() { Kind::Collection } else { Kind::Full };
        let mut manifest = Manifest::new(EngineKind::Mongodb, kind, database.name(), now);
        let dumped = dump::dump(database, &documents_of(&staging, database.name()).await?, only).await?;
        manifest.collections = dumped.collections;
        manifest.consistent = dumped.position.is_some();
        manifest.position = dumped.position.map(listing::write_position);
        if !manifest.consistent {
            remarks.push(
                "the collections are not of one instant, and no changes can follow: the dump took longer than the server keeps snapshots \
                 (raise minSnapshotHistoryWindowInSeconds)"
                    .to_owned(),
            );
        }
        if only.is_none() {
            self.take_inventory(&staging, &mut manifest).await?;
        }
        let documents = manifest.collections.iter().map(|collection| collection.documents).sum();
        self.publish(staging, manifest, only, layout, documents, remarks).await
    }

    async fn changes(&self, layout: Layout, now: Timestamp) -> Result<Taken, BackupError> {
        let database = &self.connection.database;
        let whole_instead =
            async |why: &str| self.whole(None, layout, now, vec![format!("a whole backup instead of changes: {why}")]).await;
        let (folder, name) = (self.folder.clone(), database.name().to_owned());
        let previous = blocking(move || folder.newest(EngineKind::Mongodb, &name, &[Kind::Full, Kind::Incremental])).await?;
        let Some(previous) = previous else { return whole_instead("there is none yet that they could follow").await };
        let position = previous.manifest.as_ref().and_then(|manifest| listing::read_position(manifest.position.as_deref()?));
        let Some(position) = position else { return whole_instead("the newest one is not of one instant").await };
        let before = previous.manifest.map(|manifest| manifest.collections).unwrap_or_default();
        let staging = self.stage(now).await?;
        let described = documents_of(&staging, database.name()).await?;
        let captured = match capture::capture(database, staging.path(), &described, position, &before).await? {
            Capture::Done(captured) => captured,
            Capture::Lost => {
                drop(staging);
                return whole_instead("the server no longer knows what changed since the newest one (a larger oplog remembers longer)")
                    .await;
            }
        };
        let mut manifest = Manifest::new(EngineKind::Mongodb, Kind::Incremental, database.name(), now);
        manifest.parent = Some(previous.name);
        manifest.position = Some(listing::write_position(captured.position));
        manifest.collections = captured.collections;
        self.take_inventory(&staging, &mut manifest).await?;
        self.publish(staging, manifest, None, layout, captured.changes, Vec::new()).await
    }

    async fn take_inventory(&self, staging: &Staging, manifest: &mut Manifest) -> Result<(), BackupError> {
        if let Some(objects) = &self.objects {
            let mut listing = Listing::create(staging.path())?;
            objects.list(&mut listing).await?;
            manifest.objects = Some(listing.finish()?);
        }
        Ok(())
    }

    async fn stage(&self, now: Timestamp) -> Result<Staging, BackupError> {
        let folder = self.folder.clone();
        blocking(move || folder.stage(now)).await
    }

    async fn publish(
        &self,
        staging: Staging,
        manifest: Manifest,
        collection: Option<&str>,
        layout: Layout,
        documents: u64,
        remarks: Vec<String>,
    ) -> Result<Taken, BackupError> {
        let (folder, collection) = (self.folder.clone(), collection.map(str::to_owned));
        let (kind, collections) = (manifest.kind, manifest.collections.len());
        let archive = blocking(move || folder.publish(staging, manifest, collection.as_deref(), layout)).await?;
        Ok(Taken { path: archive.path, kind, bytes: archive.bytes, collections, documents, remarks })
    }

    /// Builds the database that a chain of backups describes, in an empty one.
    async fn build(&self, chain: &[Archive], what: &Restore, into: &Database, now: Timestamp) -> Result<Restored, BackupError> {
        let mut restored = Restored { target: into.name().to_owned(), ..Restored::default() };
        let only = what.collection.as_deref();
        let until = what.until.map(|until| u32::try_from(until.timestamp()).unwrap_or(u32::MAX));
        let mut described = Vec::new();
        for archive in chain {
            let unpacked = self.unpack(archive, now).await?;
            let (manifest, name) = (&unpacked.manifest, archive.name.as_str());
            let folder = unpacked.path().join(&manifest.database);
            described = load::metadata(&folder, only).await?;
            if manifest.kind == Kind::Incremental {
                restored.changes += replay::replay(unpacked.path(), into, only, until).await?;
                // At an earlier second there were other numbers.
                let whole = until.is_none() || manifest.position.as_deref().and_then(listing::read_position).map(|p| p.time) < until;
                restored.documents =
                    if whole { compare::counts(into, manifest, name, only).await? } else { total(into, &described).await? };
            } else {
                if described.is_empty() {
                    return Err(BackupError::Refused(format!("{name} holds no collection {}", only.unwrap_or("at all"))));
                }
                load::load(&folder, &described, into).await?;
                restored.documents = compare::documents(into, manifest, name, only).await?;
            }
        }
        load::finish(&described, into).await?;
        restored.collections = described.len();
        Ok(restored)
    }

    async fn unpack(&self, archive: &Archive, now: Timestamp) -> Result<Unpacked, BackupError> {
        let (folder, path) = (self.folder.clone(), archive.path.clone());
        let unpacked = blocking(move || folder.unpack(&path, now)).await?;
        match unpacked.manifest.engine {
            EngineKind::Mongodb => Ok(unpacked),
            EngineKind::Embedded => {
                Err(BackupError::Refused(format!("{} is of the embedded store: unset MONGODB_URI to restore it", archive.name)))
            }
            EngineKind::Postgresql => {
                Err(BackupError::Refused(format!("{} is of PostgreSQL: atelier-admin data backups restore takes it", archive.name)))
            }
        }
    }

    /// Checks every archive of a chain before anything is written anywhere.
    async fn chain(&self, archive: &Path, until: Option<Timestamp>, now: Timestamp) -> Result<Vec<Archive>, BackupError> {
        let (folder, archive) = (self.folder.clone(), archive.to_owned());
        let chain = blocking(move || chain::find(&folder, &archive, until)).await?;
        for archive in &chain {
            self.unpack(archive, now).await?;
        }
        Ok(chain)
    }

    /// A database that nobody uses; those that interrupted restores left more than a day ago are dropped.
    async fn scratch(&self, now: Timestamp) -> Database {
        let client = &self.connection.client;
        // Whoever may not list databases has none left either that could be seen.
        for name in client.list_database_names().await.unwrap_or_default() {
            let made = name.rsplit_once(SCRATCH).and_then(|(_, time)| chrono::NaiveDateTime::parse_from_str(time, SCRATCH_TIME).ok());
            if made.is_some_and(|made| now - made.and_utc() > TimeDelta::days(1))
                && let Err(error) = client.database(&name).drop().await
            {
                tracing::warn!(error = &error as &dyn std::error::Error, database = name, "an old scratch database stays");
            }
        }
        let stem: String = self.database().chars().take(SCRATCH_STEM).collect();
        client.database(&format!("{stem}{SCRATCH}{}", now.format(SCRATCH_TIME)))
    }

    async fn build_in_scratch(&self, chain: &[Archive], what: &Restore, now: Timestamp) -> Result<(Database, Restored), BackupError> {
        let scratch = self.scratch(now).await;
        match self.build(chain, what, &scratch, now).await {
            Ok(restored) => Ok((scratch, restored)),
            Err(error) => {
                drop_database(&scratch).await;
                Err(error)
            }
        }
    }
}

#[async_trait::async_trait]
impl BackupEngine for MongoBackups {
    async fn back_up(&self, what: &BackUp, now: Timestamp) -> Result<Taken, BackupError> {
        match &what.selection {
            Selection::All => self.whole(None, what.layout, now, Vec::new()).await,
            Selection::Collection(name) => self.whole(Some(name), what.layout, now, Vec::new()).await,
            Selection::Changes => self.changes(what.layout, now).await,
        }
    }

    async fn restore(&self, what: &Restore, now: Timestamp) -> Result<Restored, BackupError> {
        let name = what.database.as_deref().unwrap_or(self.database());
        let target = self.connection.client.database(name);
        let chain = self.chain(&what.archive, what.until, now).await?;
        let there = listing::collections(&target).await.map_err(BackupError::store("listing the collections"))?;
        let there: Vec<String> = there.into_iter().map(|found| found.collection_name).collect();
        let in_the_way = match &what.collection {
            Some(only) => there.contains(only),
            None => !there.is_empty(),
        };
        if !in_the_way && there.is_empty() {
            let built = self.build(&chain, what, &target, now).await;
            if built.is_err() {
                drop_database(&target).await;
            }
            return built;
        }
        let shown = what.collection.as_ref().map_or_else(|| format!("the database {name}"), |only| format!("{name}.{only}"));
        if in_the_way && !what.drop {
            return Err(BackupError::NotEmpty { target: shown });
        }
        if in_the_way && !what.confirmed {
            return Err(BackupError::NotConfirmed { target: shown });
        }
        let (scratch, mut restored) = self.build_in_scratch(&chain, what, now).await?;
        let placed = put_in_place(&scratch, &target, &there).await;
        drop_database(&scratch).await;
        let others: Vec<String> = placed?;
        if what.collection.is_none() && !others.is_empty() {
            restored.remarks.push(format!("not in the backup, and left as they are: {}", others.join(", ")));
        }
        name.clone_into(&mut restored.target);
        Ok(restored)
    }

    async fn verify(&self, archive: &Path, now: Timestamp) -> Result<Restored, BackupError> {
        let chain = self.chain(archive, None, now).await?;
        let what = Restore { archive: archive.to_owned(), ..Restore::default() };
        let (scratch, restored) = self.build_in_scratch(&chain, &what, now).await?;
        drop_database(&scratch).await;
        Ok(restored)
    }
}

/// Puts every collection in its place; answers those of the target that had no successor.
async fn put_in_place(scratch: &Database, target: &Database, there: &[String]) -> Result<Vec<String>, BackupError> {
    let built = listing::collections(scratch).await.map_err(BackupError::store("listing the collections"))?;
    let (collections, views): (Vec<_>, Vec<_>) = built.into_iter().partition(listing::Metadata::is_collection);
    for metadata in &collections {
        replace::rename(scratch, &metadata.collection_name, target, &metadata.collection_name).await?;
    }
    for view in &views {
        let name = &view.collection_name;
        target.collection::<mongodb::bson::Document>(name).drop().await.map_err(BackupError::store(format!("replacing {name}")))?;
    }
    load::finish(&views, target).await?;
    let placed = |name: &&String| collections.iter().chain(&views).any(|metadata| metadata.collection_name == **name);
    Ok(there.iter().filter(|name| !placed(name)).cloned().collect())
}

async fn total(database: &Database, described: &[listing::Metadata]) -> Result<u64, BackupError> {
    let mut total = 0;
    for metadata in described.iter().filter(|metadata| metadata.is_collection()) {
        total += compare::count(database, &metadata.collection_name).await?;
    }
    Ok(total)
}

/// What stays of it is dropped by a later restore.
async fn drop_database(database: &Database) {
    if let Err(error) = database.drop().await {
        tracing::warn!(error = &error as &dyn std::error::Error, database = database.name(), "a scratch database stays");
    }
}

/// The folder of the documents, named as the database.
async fn documents_of(staging: &Staging, database: &str) -> Result<std::path::PathBuf, BackupError> {
    let folder = staging.path().join(database);
    tokio::fs::create_dir_all(&folder).await.map_err(BackupError::file(&folder, "make it"))?;
    Ok(folder)
}

/// Files are hashed, packed and unpacked on a thread that may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, BackupError> + Send + 'static) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work).await.map_err(BackupError::store("working on files"))?
}
