//! From a backup to a folder that a store may read: only when every byte is what the manifest says.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use atelier_domain::kernel::Timestamp;
use flate2::read::GzDecoder;

use crate::error::BackupError;
use crate::folder::{BackupFolder, Staging};
use crate::manifest::{FileEntry, Manifest};
use crate::pack::{checksum, copy_hashed};

/// A backup whose every file was found right.
#[derive(Debug)]
pub struct Unpacked {
    /// What it holds.
    pub manifest: Manifest,
    path: PathBuf,
    _staging: Option<Staging>,
}

impl Unpacked {
    /// The folder with its files.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl BackupFolder {
    /// Checks a backup against its manifest and unpacks it, into this directory when it is an archive. Takes as long as it is large.
    ///
    /// # Errors
    /// [`BackupError::Corrupt`] names the first file that is wrong; [`BackupError::File`].
    pub fn unpack(&self, backup: &Path, now: Timestamp) -> Result<Unpacked, BackupError> {
        if backup.is_dir() {
            let manifest = manifest(backup)?;
            for entry in &manifest.files {
                let path = backup.join(&entry.path);
                let found = checksum(&path).map_err(|error| BackupError::corrupt(backup, format!("{}: {error}", entry.path)))?;
                compare(backup, entry, &found)?;
            }
            return Ok(Unpacked { manifest, path: backup.to_owned(), _staging: None });
        }
        let staging = self.stage(now)?;
        let manifest = extract(backup, staging.path())?;
        Ok(Unpacked { manifest, path: staging.path().to_owned(), _staging: Some(staging) })
    }
}

/// Reads no more than a backup's manifest.
pub(crate) fn manifest(backup: &Path) -> Result<Manifest, BackupError> {
    if backup.is_dir() {
        let path = backup.join(Manifest::FILE);
        let text = fs::read(&path).map_err(BackupError::file(&path, "read it"))?;
        return Manifest::parse(&text).map_err(|what| BackupError::corrupt(backup, what));
    }
    let mut tar = open(backup)?;
    let mut entries = tar.entries().map_err(|error| unreadable(backup, &error))?;
    first(backup, &mut entries)
}

type Compressed = GzDecoder<BufReader<File>>;

fn open(backup: &Path) -> Result<tar::Archive<Compressed>, BackupError> {
    let file = File::open(backup).map_err(BackupError::file(backup, "open it"))?;
    Ok(tar::Archive::new(GzDecoder::new(BufReader::new(file))))
}

fn first(backup: &Path, entries: &mut tar::Entries<'_, Compressed>) -> Result<Manifest, BackupError> {
    let mut entry = match entries.next() {
        Some(Ok(entry)) if entry.path_bytes().as_ref() == Manifest::FILE.as_bytes() => entry,
        Some(Err(error)) => return Err(unreadable(backup, &error)),
        _ => return Err(BackupError::corrupt(backup, "it does not begin with a manifest: it is no backup of this program")),
    };
    let mut text = Vec::new();
    entry.read_to_end(&mut text).map_err(|error| unreadable(backup, &error))?;
    Manifest::parse(&text).map_err(|what| BackupError::corrupt(backup, what))
}

fn extract(backup: &Path, to: &Path) -> Result<Manifest, BackupError> {
    let mut tar = open(backup)?;
    let mut entries = tar.entries().map_err(|error| unreadable(backup, &error))?;
    let manifest = first(backup, &mut entries)?;
    let mut missing: BTreeSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
    for entry in entries {
        let mut entry = entry.map_err(|error| unreadable(backup, &error))?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        // Only what the manifest names is written, and it names nothing outside.
        let Some(expected) = manifest.file(&path).filter(|_| missing.remove(path.as_str())) else {
            return Err(BackupError::corrupt(backup, format!("{path} is not in its manifest")));
        };
        let target = to.join(&path);
        let failed = || BackupError::file(&target, "write it");
        fs::create_dir_all(target.parent().unwrap_or(to)).map_err(failed())?;
        let mut file = BufWriter::new(File::create(&target).map_err(failed())?);
        let found = copy_hashed(&mut entry, &mut file).map_err(|error| BackupError::corrupt(backup, format!("{path}: {error}")))?;
        file.flush().map_err(failed())?;
        compare(backup, expected, &found)?;
    }
    // The end of the compressed stream carries its own checksum.
    io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(|error| unreadable(backup, &error))?;
    match missing.first() {
        None => Ok(manifest),
        Some(path) => Err(BackupError::corrupt(backup, format!("{path} is missing"))),
    }
}

fn compare(backup: &Path, expected: &FileEntry, (bytes, sha256): &(u64, String)) -> Result<(), BackupError> {
    if *bytes != expected.bytes {
        return Err(BackupError::corrupt(backup, format!("{} has {bytes} bytes instead of {}", expected.path, expected.bytes)));
    }
    if *sha256 != expected.sha256 {
        return Err(BackupError::corrupt(backup, format!("the SHA-256 of {} is not that of the manifest", expected.path)));
    }
    Ok(())
}

fn unreadable(backup: &Path, error: &io::Error) -> BackupError {
    BackupError::corrupt(backup, format!("it cannot be read to its end ({error})"))
}
