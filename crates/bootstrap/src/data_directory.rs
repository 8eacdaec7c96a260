//! The directory everything embedded is kept in: there, and writable.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use atelier_adapter_http::{HealthCheck, HealthStatus};

/// The data directory cannot be used. The text says what to do.
#[derive(Debug, thiserror::Error)]
#[error(
    "this process may not write to {}: give the directory to the user that runs it (chown), or set DATA_DIR to another", path.display()
)]
pub(crate) struct NotWritable {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// Makes the directory where it is missing, for this account of the machine only, and tries whether it can be written to. One that is full is good
/// enough: what is there can be read.
///
/// # Errors
/// [`NotWritable`].
pub(crate) fn prepare(path: &Path) -> Result<(), NotWritable> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    match made.and_then(|()| probe(path)) {
        Err(error) if is_full(&error) => {
            tracing::error!(path = %path.display(), "the disk of the data directory is full: nothing can be stored until there is room");
            Ok(())
        }
        outcome => outcome.map_err(|source| NotWritable { path: path.to_owned(), source }),
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Writes a block and takes it away again.
fn probe(path: &Path) -> io::Result<()> {
    let file = path.join(format!(".probe-{}", std::process::id()));
    let mut options = OpenOptions::new();
    let written = options.write(true).create(true).truncate(true).mode(0o600).open(&file).and_then(|mut file| file.write_all(&[0; 4_096]));
    match std::fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => written.and(Err(error)),
        _ => written,
    }
}

/// Whether anything can be stored. Without room everything that only reads goes on.
pub(crate) struct DataDirectoryCheck(pub(crate) PathBuf);

#[async_trait]
impl HealthCheck for DataDirectoryCheck {
    fn name(&self) -> &'static str {
        "data_directory"
    }

    fn is_vital(&self) -> bool {
        false
    }

    async fn check(&self) -> HealthStatus {
        let path = self.0.clone();
        HealthStatus::from(tokio::task::spawn_blocking(move || probe(&path)).await.is_ok_and(|probed| probed.is_ok()))
    }
}
