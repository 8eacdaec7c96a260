//! Tests of the embedded object store.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod signed_urls;
mod store;
mod telemetry;

use std::sync::Arc;

use atelier_adapter_files::FileObjectStore;
use atelier_domain::kernel::ObjectKey;
use atelier_testkit::FixedClock;
use tempfile::TempDir;

/// A store in a directory of its own, and the clock it goes by.
struct Embedded {
    store: FileObjectStore,
    clock: FixedClock,
    folder: TempDir,
}

impl Embedded {
    fn new() -> Self {
        Self::with_public_url("http://localhost:8000")
    }

    fn with_public_url(public_url: &str) -> Self {
        let (folder, clock) = (tempfile::tempdir().unwrap(), FixedClock::new());
        let store = FileObjectStore::open(folder.path(), public_url, &"signing key".into(), Arc::new(clock.clone())).unwrap();
        Self { store, clock, folder }
    }

    /// Every file in the directory, whatever it is.
    fn files_on_disk(&self) -> usize {
        walkdir::WalkDir::new(self.folder.path()).into_iter().filter(|entry| entry.as_ref().unwrap().file_type().is_file()).count()
    }
}

fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).unwrap()
}
