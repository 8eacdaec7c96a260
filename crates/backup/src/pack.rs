//! From a folder to a backup under its final name.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::checksum::Checksum;
use crate::error::BackupError;
use crate::manifest::{EngineKind, FileEntry, Manifest};

const BUFFER: usize = 1 << 16;
/// Of every file and folder: its owner's.
const FILE_MODE: u32 = 0o600;

/// Every file below `root`, by path, with its size and checksum.
pub(crate) fn files(root: &Path) -> Result<Vec<FileEntry>, BackupError> {
    let mut files = Vec::new();
    for entry in WalkDir::new(root).sort_by_file_name() {
        let entry = entry.map_err(io::Error::from).map_err(BackupError::file(root, "list it"))?;
        if !entry.file_type().is_file() {
            continue;
        }
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_string_lossy().into_owned();
        let (bytes, sha256) = checksum(entry.path()).map_err(BackupError::file(entry.path(), "read it"))?;
        files.push(FileEntry { path, bytes, sha256 });
    }
    Ok(files)
}

/// A file's size and SHA-256.
pub(crate) fn checksum(path: &Path) -> io::Result<(u64, String)> {
    copy_hashed(&mut File::open(path)?, &mut io::sink())
}

/// Copies, and tells the size and SHA-256 of what went through.
pub(crate) fn copy_hashed(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<(u64, String)> {
    let (mut checksum, mut buffer) = (Checksum::default(), vec![0; BUFFER]);
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(checksum.finish()),
            read => {
                checksum.add(&buffer[..read]);
                to.write_all(&buffer[..read])?;
            }
        }
    }
}

/// Packs and compresses: under a hidden name first, synced, then renamed, then the directory synced (checklist W111).
pub(crate) fn archive(from: &Path, manifest: &Manifest, to: &Path) -> Result<(), BackupError> {
    let root = to.parent().unwrap_or(Path::new("."));
    let prefix = crate::name::under_way(manifest.taken_at);
    let temporary = tempfile::Builder::new().prefix(&prefix).suffix(".tar.gz").tempfile_in(root);
    let temporary = temporary.map_err(BackupError::file(root, "write there"))?;
    write(from, manifest, temporary.as_file()).map_err(BackupError::file(to, "write it"))?;
    let renamed = temporary.persist_noclobber(to).map_err(|refused| refused.error);
    renamed.map_err(BackupError::file(to, "give it its final name"))?;
    sync_folder(root)
}

fn write(from: &Path, manifest: &Manifest, file: &File) -> io::Result<()> {
    // What is sealed cannot be made smaller.
    let level = if manifest.engine == EngineKind::Postgresql { Compression::none() } else { Compression::default() };
    let compressed = GzEncoder::new(BufWriter::with_capacity(BUFFER, file), level);
    let mut tar = tar::Builder::new(compressed);
    let header = |tar: &mut tar::Builder<_>, path: &str, bytes: u64, content: &mut dyn Read| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(FILE_MODE);
        header.set_mtime(manifest.taken_at.timestamp().max(0).unsigned_abs());
        tar.append_data(&mut header, path, content)
    };
    let text = serde_json::to_vec_pretty(manifest)?;
    header(&mut tar, Manifest::FILE, text.len() as u64, &mut text.as_slice())?;
    for entry in &manifest.files {
        header(&mut tar, &entry.path, entry.bytes, &mut File::open(from.join(&entry.path))?)?;
    }
    tar.into_inner()?.finish()?.flush()?;
    file.sync_all()
}

/// Leaves the folder as it is, under its final name; an older one of that name goes after the new one is in its place (checklist P217).
pub(crate) fn folder(from: TempDir, manifest: &Manifest, to: &Path) -> Result<(), BackupError> {
    let root = to.parent().unwrap_or(Path::new("."));
    let failed = || BackupError::file(to, "write it");
    let text = serde_json::to_vec_pretty(manifest).map_err(io::Error::from).map_err(failed())?;
    fs::write(from.path().join(Manifest::FILE), text).map_err(failed())?;
    for entry in WalkDir::new(from.path()) {
        let entry = entry.map_err(io::Error::from).map_err(failed())?;
        File::open(entry.path()).and_then(|file| file.sync_all()).map_err(failed())?;
    }
    let replaced = if to.exists() {
        let aside = tempfile::Builder::new().prefix(&crate::name::under_way(manifest.taken_at)).tempdir_in(root).map_err(failed())?;
        fs::rename(to, aside.path().join("replaced")).map_err(failed())?;
        Some(aside)
    } else {
        None
    };
    fs::rename(from.keep(), to).map_err(failed())?;
    sync_folder(root)?;
    drop(replaced);
    Ok(())
}

fn sync_folder(path: &Path) -> Result<(), BackupError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(BackupError::file(path, "sync it"))
}
