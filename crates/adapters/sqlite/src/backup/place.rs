//! Putting a copy into a data directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use atelier_backup::BackupError;
use atelier_domain::kernel::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

/// The parts of a data directory that a backup holds, and what SQLite keeps beside its file.
const PARTS: [&str; 4] = [super::engine::DATABASE, "atelier.sqlite-wal", "atelier.sqlite-shm", super::engine::OBJECTS];

/// Whether the directory holds data.
pub(super) fn is_empty(data_dir: &Path) -> bool {
    let has_files = |folder: &Path| walkdir::WalkDir::new(folder).into_iter().flatten().any(|entry| entry.file_type().is_file());
    !data_dir.join(super::engine::DATABASE).exists() && !has_files(&data_dir.join(super::engine::OBJECTS))
}

/// Fails while a process has the database open: leaving WAL mode takes the file alone. Also moves the log into the file.
pub(super) async fn refuse_if_in_use(data_dir: &Path) -> Result<(), BackupError> {
    let path = data_dir.join(super::engine::DATABASE);
    if !path.exists() {
        return Ok(());
    }
    let in_use = || BackupError::Refused(format!("{} is in use: stop every process of the service first", path.display()));
    let options = SqliteConnectOptions::new().filename(&path).busy_timeout(std::time::Duration::from_millis(200));
    let mut connection = options.connect().await.map_err(|_busy| in_use())?;
    let mode: Result<String, _> = sqlx::query_scalar("PRAGMA journal_mode = DELETE").fetch_one(&mut connection).await;
    let closed = connection.close().await;
    match (mode.as_deref(), closed) {
        (Ok("delete"), Ok(())) => Ok(()),
        _ => Err(in_use()),
    }
}

/// Puts the copy in place. What was there is moved into a folder of its own, which is answered.
pub(super) fn put(copy: &Path, data_dir: &Path, now: Timestamp) -> Result<Option<PathBuf>, BackupError> {
    let aside = data_dir.join(format!("replaced-{}", now.format("%Y%m%d_%H%M%S")));
    let mut moved = false;
    for part in PARTS {
        let there = data_dir.join(part);
        if there.exists() {
            fs::create_dir_all(&aside).map_err(BackupError::file(&aside, "make it"))?;
            fs::rename(&there, aside.join(part)).map_err(BackupError::file(&there, "move it aside"))?;
            moved = true;
        }
    }
    // The database comes last: a directory without one is not taken for a whole installation.
    for part in [super::engine::OBJECTS, super::engine::DATABASE] {
        let (from, to) = (copy.join(part), data_dir.join(part));
        if from.exists() {
            fs::rename(&from, &to).map_err(BackupError::file(&to, "put it in its place"))?;
        }
    }
    fs::File::open(data_dir).and_then(|folder| folder.sync_all()).map_err(BackupError::file(data_dir, "sync it"))?;
    Ok(moved.then_some(aside))
}

/// A copy in the data directory itself, so that it can be renamed into place; private, synced.
pub(super) fn bring(from: &Path, into: &Path) -> Result<(), BackupError> {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.map_err(io::Error::from).map_err(BackupError::file(from, "list it"))?;
        let target = into.join(entry.path().strip_prefix(from).unwrap_or(entry.path()));
        let brought = if entry.file_type().is_dir() {
            private_folder(&target)
        } else {
            fs::copy(entry.path(), &target).and_then(|_bytes| private_file(&target))
        };
        brought.map_err(BackupError::file(&target, "write it"))?;
    }
    Ok(())
}

fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn private_file(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    fs::File::open(path)?.sync_all()
}
