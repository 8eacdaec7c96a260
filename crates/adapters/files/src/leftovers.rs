//! Staging files of interrupted writes, and folders that became empty.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use walkdir::WalkDir;

/// The crate `object_store` writes to `<name>#<number>` and renames. No key ends like that: `#` is percent-encoded.
fn is_staging(name: &OsStr) -> bool {
    let suffix = name.to_str().and_then(|name| name.rsplit_once('#')).map_or("", |(_, suffix)| suffix);
    !suffix.is_empty() && suffix.bytes().all(|byte| byte.is_ascii_digit())
}

/// Removes staging files under `folder` that were last written before `before` (another process may be writing a younger one), or all
/// of them. Returns how many went.
pub(crate) fn remove_staging(folder: &Path, before: Option<SystemTime>) -> io::Result<usize> {
    let mut removed = 0;
    for entry in WalkDir::new(folder) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) => continue,
            Err(error) => return Err(error.into()),
        };
        if !entry.file_type().is_file() || !is_staging(entry.file_name()) {
            continue;
        }
        let written = entry.metadata().map_err(io::Error::from)?.modified()?;
        if before.is_none_or(|before| written < before) {
            fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Removes `folder` and the folders in it as far as they are empty, so that not even a person's id stays behind in a folder's name.
pub(crate) fn remove_empty_folders(folder: &Path) {
    let folders = WalkDir::new(folder).contents_first(true).into_iter().flatten().filter(|entry| entry.file_type().is_dir());
    for entry in folders {
        // Fails when a file is left or has just been written; then the folder stays.
        let _not_empty = fs::remove_dir(entry.path());
    }
}
