//! The directory of the backups.

use std::fs;
use std::path::{Path, PathBuf};

use atelier_domain::kernel::Timestamp;
use chrono::TimeDelta;
use tempfile::TempDir;

use crate::error::BackupError;
use crate::manifest::{EngineKind, Kind, Manifest};
use crate::{name, pack, unpack};

/// How a whole backup is kept (checklist CX6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Layout {
    /// `20260131_020000.tar.gz`
    #[default]
    Archive,
    /// The folder `20260131`, uncompressed; a second one of a day replaces the first.
    DailyFolder,
}

/// What is left under way this long was left by a process that died.
const ABANDONED_AFTER: TimeDelta = TimeDelta::days(1);

/// The directory of the backups (`BACKUP_DIR`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFolder {
    root: PathBuf,
}

/// A folder that a backup is written into, or unpacked to; it goes when it is dropped.
#[derive(Debug)]
pub struct Staging {
    folder: TempDir,
}

impl Staging {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A backup in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// Where it is.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// The time in its name.
    pub named: Timestamp,
    /// Its size on disk; that of the manifest's files for a folder.
    pub bytes: u64,
    /// What it holds; none when that cannot be read.
    pub manifest: Option<Manifest>,
}

impl BackupFolder {
    /// Opens the directory, made (for its owner only) when it is missing.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, BackupError> {
        let root = root.into();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&root).map_err(BackupError::file(&root, "make the backup directory (BACKUP_DIR)"))?;
        Ok(Self { root })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// A new folder to write into. What processes that died left behind more than a day ago is removed.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub fn stage(&self, now: Timestamp) -> Result<Staging, BackupError> {
        self.remove_abandoned(now);
        let folder = tempfile::Builder::new().prefix(&name::under_way(now)).tempdir_in(&self.root);
        Ok(Staging { folder: folder.map_err(BackupError::file(&self.root, "write there"))? })
    }

    /// Makes a backup of what was written: hashes every file into the manifest, packs it under a name that shows it is not done, and gives
    /// it its final name once it is on the disk (checklist W111). `collection` names a single one. Takes as long as the data are large.
    ///
    /// # Errors
    /// [`BackupError::File`]; [`BackupError::Refused`] when a backup of this second is there already.
    pub fn publish(
        &self,
        staging: Staging,
        mut manifest: Manifest,
        collection: Option<&str>,
        layout: Layout,
    ) -> Result<Archive, BackupError> {
        let name = name::of(manifest.taken_at, manifest.kind, collection, layout);
        let path = self.root.join(&name);
        manifest.files = pack::files(staging.path())?;
        if manifest.kind == Kind::Full && layout == Layout::DailyFolder {
            pack::folder(staging.folder, &manifest, &path)?;
        } else if path.exists() {
            return Err(BackupError::Refused(format!("{} is there already", path.display())));
        } else {
            pack::archive(staging.path(), &manifest, &path)?;
        }
        let bytes = size(&path, &manifest);
        Ok(Archive { path, name, named: manifest.taken_at, bytes, manifest: Some(manifest) })
    }

    /// Every backup, the oldest first.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub fn list(&self) -> Result<Vec<Archive>, BackupError> {
        let failed = || BackupError::file(&self.root, "list it");
        let mut archives = Vec::new();
        for entry in fs::read_dir(&self.root).map_err(failed())? {
            let name = entry.map_err(failed())?.file_name().to_string_lossy().into_owned();
            let Some(named) = name::time(&name) else { continue };
            let path = self.root.join(&name);
            let manifest = unpack::manifest(&path).map_err(|error| tracing::warn!(%error, "a backup cannot be read")).ok();
            let bytes = manifest.as_ref().map_or(0, |manifest| size(&path, manifest));
            archives.push(Archive { path, name, named, bytes, manifest });
        }
        archives.sort_by(|a, b| (a.time(), &a.name).cmp(&(b.time(), &b.name)));
        Ok(archives)
    }

    /// The newest backup of a store, of these kinds.
    ///
    /// # Errors
    /// [`BackupError::File`].
    pub fn newest(&self, engine: EngineKind, database: &str, kinds: &[Kind]) -> Result<Option<Archive>, BackupError> {
        let archives = self.list()?.into_iter().rev();
        let fits = |manifest: &Manifest| manifest.engine == engine && manifest.database == database && kinds.contains(&manifest.kind);
        Ok(archives.into_iter().find(|archive| archive.manifest.as_ref().is_some_and(fits)))
    }

    fn remove_abandoned(&self, now: Timestamp) {
        for entry in fs::read_dir(&self.root).into_iter().flatten().flatten() {
            let begun = name::begun(&entry.file_name().to_string_lossy());
            if begun.is_some_and(|begun| now - begun > ABANDONED_AFTER) {
                let path = entry.path();
                let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                tracing::info!(path = %path.display(), done = removed.is_ok(), "removing what an interrupted backup left");
            }
        }
    }
}

impl Archive {
    /// When it was taken; what its name says when its manifest cannot be read.
    pub fn time(&self) -> Timestamp {
        self.manifest.as_ref().map_or(self.named, |manifest| manifest.taken_at)
    }
}

fn size(path: &Path, manifest: &Manifest) -> u64 {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => found.len(),
        _ => manifest.files.iter().map(|file| file.bytes).sum(),
    }
}
