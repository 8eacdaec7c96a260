//! Taking copies beside running processes.

use std::fs;
use std::io;
use std::path::Path;

use atelier_backup::BackupError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use walkdir::WalkDir;

/// Copies the database as it is at one instant; the copy is compact and has no log beside it.
pub(super) async fn database(from: &Path, to: &Path) -> Result<(), BackupError> {
    let failed = || BackupError::store("copying the database");
    let target = to.to_str().ok_or_else(|| BackupError::Refused(format!("{}: the path is not Unicode", to.display())))?;
    let mut connection = SqliteConnectOptions::new().filename(from).read_only(true).connect().await.map_err(failed())?;
    sqlx::query("VACUUM INTO ?").bind(target).execute(&mut connection).await.map_err(failed())?;
    connection.close().await.map_err(failed())
}

/// Links every object file into another folder, or copies it where the file system cannot link. A file that goes meanwhile is left out;
/// one that is there already stays.
pub(super) fn objects(from: &Path, to: &Path) -> Result<(), BackupError> {
    for entry in WalkDir::new(from) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) => continue,
            Err(error) => return Err(BackupError::file(from, "list it")(error.into())),
        };
        // A name with # is of a file that is still being written.
        if !entry.file_type().is_file() || entry.file_name().to_string_lossy().contains('#') {
            continue;
        }
        let target = to.join(entry.path().strip_prefix(from).unwrap_or(entry.path()));
        link(entry.path(), &target).map_err(BackupError::file(entry.path(), "copy it"))?;
    }
    Ok(())
}

fn link(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let copied = fs::hard_link(from, to).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Err(error),
        _ => fs::copy(from, to).map(drop),
    });
    match copied {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        copied => copied,
    }
}
