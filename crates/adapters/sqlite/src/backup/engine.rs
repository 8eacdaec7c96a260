//! The trait, on a data directory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use atelier_backup::{
    BackUp, BackupEngine, BackupError, BackupFolder, EngineKind, Kind, Listing, Manifest, ObjectLister, Restore, Restored, Selection,
    Taken, Unpacked,
};
use atelier_domain::kernel::Timestamp;

use super::{copy, inspect, place};

/// The database file of a data directory.
pub(super) const DATABASE: &str = "atelier.sqlite";
/// The folder of the object files.
pub(super) const OBJECTS: &str = "objects";
/// The embedded store has one database; this is its name in manifests.
const NAME: &str = "atelier";

/// Backups of a data directory.
#[derive(Clone)]
pub struct EmbeddedBackups {
    data_dir: PathBuf,
    folder: BackupFolder,
    objects: Option<Arc<dyn ObjectLister>>,
}

impl EmbeddedBackups {
    /// The name of the database in manifests.
    pub const DATABASE: &'static str = NAME;

    /// Backups of this data directory, kept in that folder. `objects` is given when the objects are in a store of their own: they are listed
    /// then, instead of copied.
    pub fn new(data_dir: impl Into<PathBuf>, folder: BackupFolder, objects: Option<Arc<dyn ObjectLister>>) -> Self {
        Self { data_dir: data_dir.into(), folder, objects }
    }

    async fn unpack(&self, archive: &Path, now: Timestamp) -> Result<Unpacked, BackupError> {
        let path = if archive.exists() { archive.to_owned() } else { self.folder.path().join(archive) };
        let folder = self.folder.clone();
        let unpacked = blocking(move || folder.unpack(&path, now)).await?;
        match unpacked.manifest.engine {
            EngineKind::Embedded => Ok(unpacked),
            EngineKind::Mongodb => {
                Err(BackupError::Refused(format!("{} is of a MongoDB database: set MONGODB_URI to restore it", archive.display())))
            }
            EngineKind::Postgresql => {
                Err(BackupError::Refused(format!("{} is of PostgreSQL: atelier-admin data backups restore takes it", archive.display())))
            }
        }
    }
}

#[async_trait::async_trait]
impl BackupEngine for EmbeddedBackups {
    async fn back_up(&self, what: &BackUp, now: Timestamp) -> Result<Taken, BackupError> {
        if let Selection::Collection(_) = what.selection {
            return Err(BackupError::Refused("the embedded store is backed up as a whole: leave out --collection".to_owned()));
        }
        let (from, objects) = (self.data_dir.join(DATABASE), self.data_dir.join(OBJECTS));
        if !from.exists() {
            return Err(BackupError::Refused(format!("there is no database in {}: check DATA_DIR", self.data_dir.display())));
        }
        let mut remarks = Vec::new();
        if what.selection == Selection::Changes {
            remarks.push("a whole backup instead of changes: the embedded store keeps no history of them".to_owned());
        }
        let folder = self.folder.clone();
        let staging = blocking(move || folder.stage(now)).await?;
        let target = staging.path().join(OBJECTS);
        if self.objects.is_none() && objects.exists() {
            let (objects, target) = (objects.clone(), target.clone());
            blocking(move || copy::objects(&objects, &target)).await?;
        }
        let file = staging.path().join(DATABASE);
        copy::database(&from, &file).await?;
        if self.objects.is_none() && objects.exists() {
            blocking(move || copy::objects(&objects, &target)).await?;
        }
        let mut manifest = Manifest::new(EngineKind::Embedded, Kind::Full, NAME, now);
        manifest.collections = inspect::tables(&file).await?;
        if let Some(objects) = &self.objects {
            let mut listing = Listing::create(staging.path())?;
            objects.list(&mut listing).await?;
            manifest.objects = Some(listing.finish()?);
        }
        let (collections, documents) = (manifest.collections.len(), manifest.collections.iter().map(|table| table.documents).sum());
        let (folder, layout) = (self.folder.clone(), what.layout);
        let archive = blocking(move || folder.publish(staging, manifest, None, layout)).await?;
        Ok(Taken { path: archive.path, kind: Kind::Full, bytes: archive.bytes, collections, documents, remarks })
    }

    async fn restore(&self, what: &Restore, now: Timestamp) -> Result<Restored, BackupError> {
        let plain = what.collection.is_none() && what.until.is_none() && what.database.is_none();
        if !plain {
            let text = "the embedded store is restored as a whole, as it was when the backup was taken: leave out --collection, --until and \
                        --database; DATA_DIR says where to";
            return Err(BackupError::Refused(text.to_owned()));
        }
        let target = format!("the data directory {}", self.data_dir.display());
        let unpacked = self.unpack(&what.archive, now).await?;
        if !place::is_empty(&self.data_dir) {
            match (what.drop, what.confirmed) {
                (false, _) => return Err(BackupError::NotEmpty { target }),
                (true, false) => return Err(BackupError::NotConfirmed { target }),
                (true, true) => {}
            }
        }
        place::refuse_if_in_use(&self.data_dir).await?;
        let documents = inspect::check(&unpacked.path().join(DATABASE), &unpacked.manifest, &what.archive.display().to_string()).await?;
        let collections = unpacked.manifest.collections.len();
        let data_dir = self.data_dir.clone();
        let aside = blocking(move || {
            let copy = BackupFolder::open(&data_dir)?.stage(now)?;
            place::bring(unpacked.path(), copy.path())?;
            place::put(copy.path(), &data_dir, now)
        })
        .await?;
        let kept = |aside: PathBuf| format!("what was there is in {}: remove it when it is no longer needed", aside.display());
        Ok(Restored { target, collections, documents, changes: 0, remarks: aside.map(kept).into_iter().collect() })
    }

    async fn verify(&self, archive: &Path, now: Timestamp) -> Result<Restored, BackupError> {
        let unpacked = self.unpack(archive, now).await?;
        let documents = inspect::check(&unpacked.path().join(DATABASE), &unpacked.manifest, &archive.display().to_string()).await?;
        let target = "a scratch folder".to_owned();
        Ok(Restored { target, collections: unpacked.manifest.collections.len(), documents, ..Restored::default() })
    }
}

/// Files are copied, hashed, packed and unpacked on a thread that may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, BackupError> + Send + 'static) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work).await.map_err(BackupError::store("working on files"))?
}
